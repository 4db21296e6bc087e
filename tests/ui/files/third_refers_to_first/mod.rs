migrate::history! {
    m0001_users,
    m0002_posts,
    m0003_more,
}
