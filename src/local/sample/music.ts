/**
 * Devices, playlists, schedules and the play log. Pure. These belong to workspaces; what is a person's own in them is who
 * made, shared or started something.
 */
import { beyondDoubles, cast, workspaces as part } from './cast.ts';
import { stream } from './prng.ts';
import type {
  DeviceRow,
  PlaybackEventRow,
  PlaylistCollaboratorRow,
  PlaylistRow,
  ScheduleRow,
  WorkspaceMemberRow,
  WorkspaceRow,
} from './rows.ts';
import { instant, later, plusDays, sampleUntil } from './time.ts';

const rooms = ['Saal', 'Köök', 'Terrass', 'Vastuvõtt', 'Garderoob'];
const artists = ['Näidisorkester', 'DJ Sõrmkübar', 'Trio Õhtuhämar', 'The Placeholders', 'Žanritu Žongleerija'];
const works = ['Hommikukohv', 'Öine buss', 'Vihm Emajõel', 'Lorem Ipsum Blues', 'Jäääär', 'Õ, päike!'];

/** Who of a workspace's members can have done something in it; its owner where nobody else is there. */
const peopleOf = (workspace: WorkspaceRow, members: readonly WorkspaceMemberRow[]): readonly string[] => {
  const ids = members.filter((m) => m.workspace_id === workspace.id).map((m) => m.user_id);
  return ids.length > 0 ? ids : [workspace.owner_user_id];
};

export function makeDevices(
  seed: string,
  workspaces: readonly WorkspaceRow[],
  members: readonly WorkspaceMemberRow[],
): DeviceRow[] {
  const rng = stream(seed, 'devices');
  let id = 3000;
  return workspaces.flatMap((workspace) =>
    Array.from({ length: workspace.id === part.cafe ? 4 : rng.int(1, 3) }, (_, n): DeviceRow => {
      id += 1;
      return {
        id: String(id),
        workspace_id: workspace.id,
        label: `${rooms[n] ?? 'Ladu'} ${n + 1}`,
        serial_number: `NH-${rng.hex(5).toUpperCase()}`,
        installed_by:
          n === 0 ? workspace.owner_user_id : rng.chance(60) ? rng.pick(peopleOf(workspace, members)) : null,
        last_ip: rng.chance(80) ? `198.51.100.${rng.int(1, 254)}` : `2001:db8::${rng.int(1, 9999).toString(16)}`,
        gain: n === 0 ? 0.1 + 0.2 : rng.int(-120, 60) / 16,
        played_ms_total: `${rng.int(1, 9)}2345678901234567890.${rng.int(1000000000, 4294967295)}`,
        online: rng.chance(10) ? null : rng.chance(80),
        paired_at: later(
          workspace.created_at,
          instant(plusDays('2026-01-02', rng.int(0, 150)), rng.int(0, 86_399_999)),
        ),
      };
    }),
  );
}

export function makePlaylists(
  seed: string,
  workspaces: readonly WorkspaceRow[],
  members: readonly WorkspaceMemberRow[],
): PlaylistRow[] {
  const rng = stream(seed, 'playlists');
  let id = 4000;
  return workspaces.flatMap((workspace) =>
    Array.from({ length: 2 + (workspace.id === part.cafe ? 2 : 0) }, (_, n): PlaylistRow => {
      id += 1;
      return {
        id: String(id),
        workspace_id: workspace.id,
        owner_user_id: n === 0 ? workspace.owner_user_id : rng.pick(peopleOf(workspace, members)),
        title: titleOf(workspace.id, n),
        description: rng.chance(50) ? `Valik "${rng.pick(works)}",\n\tja veidi \\ muud; hind 5€ 🎵` : null,
        tracks: Array.from({ length: rng.int(2, 4) }, () => ({
          title: rng.pick(works),
          artist: rng.pick(artists),
          bpm: rng.int(60, 140),
        })),
        shared: n === 0,
        created_at: later(
          workspace.created_at,
          instant(plusDays('2026-01-02', rng.int(0, 55)), rng.int(0, 86_399_999)),
        ),
      };
    }),
  );
}

function titleOf(workspaceId: string, n: number): string {
  if (workspaceId === part.formula) return n === 0 ? '../../etc/passwd' : "@SUM(1+1)*cmd|' /C calc'!A0";
  if (workspaceId === '511' && n === 0) return '💃🕺 Trummi ühine tants';
  return n === 0 ? 'Ühine päev' : `Õhtune valik ${n}`;
}

/** Every shared playlist is shared with all colleagues of its author. */
export function makeCollaborators(
  seed: string,
  playlists: readonly PlaylistRow[],
  members: readonly WorkspaceMemberRow[],
): PlaylistCollaboratorRow[] {
  const rng = stream(seed, 'playlist_collaborators');
  const own: PlaylistCollaboratorRow[] = playlists
    .filter((playlist) => playlist.shared)
    .flatMap((playlist) =>
      members
        .filter((m) => m.workspace_id === playlist.workspace_id && m.user_id !== playlist.owner_user_id)
        .map((m) => ({
          playlist_id: playlist.id,
          user_id: m.user_id,
          added_by: playlist.owner_user_id,
          can_edit: rng.chance(60),
          added_at: later(playlist.created_at, instant(plusDays('2026-03-01', rng.int(0, 60)), rng.int(0, 86_399_999))),
        })),
    );
  // The sample subject works on a playlist of a colleague's, too.
  const others = playlists.find((p) => p.workspace_id === part.cafe && p.owner_user_id !== cast.sampleSubject.userId);
  if (others !== undefined) {
    own.push({
      playlist_id: others.id,
      user_id: cast.sampleSubject.userId,
      added_by: others.owner_user_id,
      can_edit: true,
      added_at: '2026-05-05T05:05:05.005Z',
    });
  }
  return own;
}

export function makeSchedules(
  seed: string,
  workspaces: readonly WorkspaceRow[],
  members: readonly WorkspaceMemberRow[],
  playlists: readonly PlaylistRow[],
): ScheduleRow[] {
  const rng = stream(seed, 'schedules');
  let id = 5000;
  return workspaces.flatMap((workspace) =>
    Array.from({ length: 3 }, (_, n): ScheduleRow => {
      id += 1;
      const own = playlists.filter((playlist) => playlist.workspace_id === workspace.id);
      return {
        id: String(id),
        workspace_id: workspace.id,
        playlist_id: n === 2 || own.length === 0 ? null : rng.pick(own).id,
        created_by: n === 0 ? workspace.owner_user_id : rng.pick(peopleOf(workspace, members)),
        name: ['Hommik', 'Lõuna', 'Õhtu'][n] ?? 'Öö',
        days: n === 2 ? ['sat', 'sun'] : ['mon', 'tue', 'wed', 'thu', 'fri'],
        starts_at: ['07:30:00', '11:00:00', '17:00:00.5'][n] ?? '00:00:00',
        ends_at: ['11:00:00', '17:00:00', '24:00:00'][n] ?? '01:00:00',
        crossfade: rng.chance(70) ? `00:00:0${rng.int(1, 9)}` : null,
        valid_from: later(workspace.created_at.slice(0, 10), plusDays('2026-03-02', rng.int(0, 90))),
        valid_to: rng.chance(20) ? '2026-12-24' : null,
        notes: rng.chance(40) ? 'Mitte liiga vali;\tkülalised "magavad" veel\r\n' : null,
      };
    }),
  );
}

/** About 6,000 plays in August to October; every sixth was started by a person. Ids are odd and beyond 2^53. */
export function makePlayback(
  seed: string,
  devices: readonly DeviceRow[],
  playlists: readonly PlaylistRow[],
  workspaces: readonly WorkspaceRow[],
  members: readonly WorkspaceMemberRow[],
): PlaybackEventRow[] {
  const rng = stream(seed, 'playback_events');
  const byId = new Map(workspaces.map((workspace) => [workspace.id, workspace]));
  let id = beyondDoubles - 2n;
  return devices.flatMap((device) => {
    const workspace = byId.get(device.workspace_id);
    if (workspace === undefined) return [];
    const own = playlists.filter((playlist) => playlist.workspace_id === device.workspace_id);
    return Array.from({ length: 140 }, (_, n): PlaybackEventRow => {
      id += 2n;
      return {
        id: String(id),
        device_id: device.id,
        playlist_id: rng.chance(80) && own.length > 0 ? rng.pick(own).id : null,
        started_by: n % 6 === 0 ? rng.pick(peopleOf(workspace, members)) : null,
        track: rng.pick(works),
        artist: rng.pick(artists),
        isrc: rng.chance(90) ? `EEXXX26${String(rng.int(0, 99999)).padStart(5, '0')}` : null,
        duration_s: rng.int(90, 420),
        volume: rng.chance(90) ? `${rng.int(0, 99)}.${String(rng.int(0, 999)).padStart(3, '0')}` : null,
        played_at: instant(plusDays(sampleUntil, -91 + Math.floor((n * 91) / 140)), rng.int(20_000_000, 80_000_000)),
      };
    }).filter((event) => event.played_at > device.paired_at);
  });
}
