-- What Habeas needs in the account database to find and read, and no more: log in, look into schema public, and SELECT.
-- Run as the database's owner, who may create roles; give the role its password separately
-- (ALTER ROLE habeas_reader PASSWORD '…'). Running it again changes nothing.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'habeas_reader') THEN
    CREATE ROLE habeas_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
    -- A second lock on the door: even a grant made by mistake later is not used by a transaction that forgot to say READ ONLY.
    ALTER ROLE habeas_reader SET default_transaction_read_only = on;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- another database of the same server was given its grants at the same moment
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO habeas_reader;
GRANT SELECT ON
  users, user_emails, workspaces, workspace_members, invitations, personal_settings, sessions, devices, playlists,
  playlist_collaborators, schedules, playback_events, subscriptions, invoices, invoice_lines, staff_rota,
  support_notes, marketing_consents, audit_events
TO habeas_reader;
