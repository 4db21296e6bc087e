migrate::migration! {
    alter table users add column slug: text null;
}
