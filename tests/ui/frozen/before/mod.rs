migrate::history! {
    m0001_users,
    m0002_slug,
    m0002_tags,
    m0003_posts,
    m0004_after,
}
