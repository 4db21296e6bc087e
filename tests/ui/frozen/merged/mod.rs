migrate::history! {
    m0001_users,
    m0002_slug,
    m0003_posts,
    m0003_tags,
    m0004_notes,
}
