-- What Habeas needs in the account database, and no more: a role that finds and reads (SELECT), and another that erases
-- (DELETE and UPDATE where the data map erases, clears, corrects or suppresses something, and nowhere else). Run as the database's owner, who may
-- create roles; give the roles their passwords separately (ALTER ROLE habeas_reader PASSWORD '…', the same for
-- habeas_eraser). Running it again changes nothing.

DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['habeas_reader', 'habeas_eraser'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
        EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT', role_name);
        IF role_name = 'habeas_reader' THEN
          -- A second lock on the door: even a grant made by mistake later is not used by a transaction that forgot to say
          -- READ ONLY.
          ALTER ROLE habeas_reader SET default_transaction_read_only = on;
        END IF;
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- another database of the same server was given its grants at the same moment
    END;
  END LOOP;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO habeas_reader, habeas_eraser;
GRANT SELECT ON
  users, user_emails, workspaces, workspace_members, invitations, personal_settings, sessions, devices, playlists,
  playlist_collaborators, schedules, playback_events, subscriptions, invoices, invoice_lines, staff_rota,
  support_notes, marketing_consents, audit_events
TO habeas_reader, habeas_eraser;

-- `whole: delete` of the data map. Not workspaces, which are anonymised. The rota is the customers', and goes only when one of them
-- instructs that its workspace is erased.
GRANT DELETE ON
  users, user_emails, workspace_members, invitations, personal_settings, sessions, devices, playlists,
  playlist_collaborators, schedules, playback_events, subscriptions, invoices, invoice_lines, staff_rota,
  support_notes, marketing_consents, audit_events
TO habeas_eraser;

-- What records that go on lose: `erase.fields` of the data map that are not `keep`.
GRANT UPDATE (name, registry_code, vat_number, owner_user_id, billing_customer_id, billing_email, street, city, postal_code)
  ON workspaces TO habeas_eraser;
GRANT UPDATE (invited_by) ON workspace_members TO habeas_eraser;
GRANT UPDATE (email, user_id, invited_by, message) ON invitations TO habeas_eraser;
GRANT UPDATE (installed_by) ON devices TO habeas_eraser;
GRANT UPDATE (owner_user_id) ON playlists TO habeas_eraser;
GRANT UPDATE (added_by) ON playlist_collaborators TO habeas_eraser;
GRANT UPDATE (created_by) ON schedules TO habeas_eraser;
GRANT UPDATE (started_by) ON playback_events TO habeas_eraser;
GRANT UPDATE (ordered_by) ON subscriptions TO habeas_eraser;
GRANT UPDATE (contact_user_id, contact_name, contact_email) ON invoices TO habeas_eraser;

-- What the rights that act on records change: columns of `rectify` and `suppress` in the data map.
GRANT UPDATE (full_name, phone, newsletter) ON users TO habeas_eraser;
GRANT UPDATE (withdrawn_at) ON marketing_consents TO habeas_eraser;
