-- The smallest role that postgres-exporter works with. Run it as a superuser, or on a managed service as the role that
-- may grant pg_monitor, in the database that the exporter connects to:
--
--   psql -d DATABASE -v role=exporter -v password=SECRET -f create-role.sql
--
-- Run again it changes the password and grants what is missing. It works on a primary; standbys get it by replication.
-- pg_monitor, which PostgreSQL brings, may read all statistics and settings, and no table of anybody's. Where even that
-- is too much, README.md lists the single grants and what each collector loses without them.

\set ON_ERROR_STOP on
\if :{?role} \else \set role exporter \endif
\if :{?password} \else \echo 'give it a password: -v password=...' \quit \endif

-- \gexec runs what a query returns, so that names and passwords are quoted by the server.
select format('create role %I', :'role') where not exists (select from pg_roles where rolname = :'role') \gexec

-- Two connections of its own, one to look into other databases, and as many again while old ones are still ending.
-- An exporter that runs wild takes no more than these from those who work.
alter role :"role" login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
  connection limit 6 password :'password';
alter role :"role" inherit;

-- What it never has to do. The exporter says the same at each connect; here it holds for whoever has the password.
alter role :"role" set default_transaction_read_only = on;
alter role :"role" set lock_timeout = '2s';
alter role :"role" set statement_timeout = '30s';
alter role :"role" set idle_in_transaction_session_timeout = '30s';

grant pg_monitor to :"role";
select format('grant connect on database %I to %I', current_database(), :'role') \gexec

-- PostgreSQL 13 shows subscriptions to superusers only. All but the column with the publisher's password.
select format('grant select (oid, subdbid, subname, subowner, subenabled, subslotname, subsynccommit, subpublications)
               on pg_subscription to %I', :'role')
where current_setting('server_version_num')::int < 140000 \gexec
