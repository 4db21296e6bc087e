migrate::history! {
    m0001_users,
    m0003_posts,
    m0002_slug,
}
