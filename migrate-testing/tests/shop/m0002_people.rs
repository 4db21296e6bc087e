migrate::migration! {
    rename table users to people;
    alter table people recreate { alter column mail set default "none"; add column letters: integer default 0; }
    create view names as select people.name from people;
}
