pub static MIGRATION: migrate::Migration = migrate::__private::migration("", "", "", "", None, None);
