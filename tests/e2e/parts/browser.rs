//! Chromium and axe-core.

use crate::rig::{Browser, Scheme};

const GOOD: &str = "<!doctype html><html lang=en><meta name=viewport content='width=device-width'><title>Good</title>\
    <style>:root{color-scheme:light dark}body{background:Canvas;color:CanvasText}</style>\
    <main><h1>Hello</h1><form><label>Name <input name=n></label></form><p id=zone></p>\
    <noscript><p id=none>no script</p></noscript><script>\
    document.getElementById('zone').textContent=Intl.DateTimeFormat().resolvedOptions().timeZone</script></main>";
const BAD: &str = "<!doctype html><html lang=en><title>Bad</title><main><h1>Hello</h1><input name=n>\
    <p style='color:rgb(200,200,200);background:white'>faint</p><div style='width:2000px'>wide</div></main>";

fn page(html: &str) -> String {
    format!("data:text/html;charset=utf-8,{}", html.replace('%', "%25").replace('#', "%23"))
}

#[tokio::test]
async fn a_good_page_has_no_faults_in_four_views_and_a_bad_one_has_those_planted() {
    let browser = Browser::start().await;
    browser.open(&page(GOOD)).await;
    assert_eq!(browser.faults("rig-good").await, Vec::<String>::new());
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
    let mut looks = Vec::new();
    for (view, width) in [("375-light", 375), ("375-dark", 375), ("1280-light", 1280), ("1280-dark", 1280)] {
        let png = std::fs::read(folder.join(format!("rig-good-{view}.png"))).expect("a picture");
        assert_eq!(png_width(&png), width, "{view}");
        looks.push(png);
    }
    assert_ne!(looks[0], looks[1], "dark looks different from light");

    browser.open(&page(BAD)).await;
    let faults = browser.faults("rig-bad").await.join("\n");
    for expected in ["label (critical)", "color-contrast (serious)", "375-light: the page is 2"] {
        assert!(faults.contains(expected), "{expected} in:\n{faults}");
    }
}

#[tokio::test]
async fn a_form_is_filled_and_the_zone_is_the_visitors() {
    let browser = Browser::start().await;
    browser.set_time_zone("Pacific/Chatham").await;
    browser.set_view(1280, Scheme::Dark).await;
    browser.open(&page(GOOD)).await;
    assert_eq!(browser.text("#zone").await, "Pacific/Chatham");
    browser.fill("input[name=n]", "Ada").await;
    browser.click("h1").await;
    assert_eq!(browser.evaluate("document.forms[0].n.value").await, "Ada");
    assert_eq!(browser.evaluate("matchMedia('(prefers-color-scheme: dark)').matches").await, true);
}

#[tokio::test]
async fn a_reader_without_scripts_sees_the_page_without_them() {
    let browser = Browser::without_scripts().await;
    browser.open(&page(GOOD)).await;
    assert_eq!(browser.text("#none").await, "no script");
    assert_eq!(browser.text("#zone").await, "");
    assert_eq!(browser.faults("rig-no-script").await, Vec::<String>::new());
}

/// The width in a PNG's header (bytes 16 to 19).
fn png_width(png: &[u8]) -> u32 {
    png.get(16..20).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes)
}
