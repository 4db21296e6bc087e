migrate::migration! {
    // Shorter.
    alter table users add column slug: text(80) null;
}
