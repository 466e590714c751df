//! How a page looks: at a telephone's and a desk's width, light and dark, with axe-core's opinion on each.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::rig::browser::Browser;
use crate::rig::process::fetched;

/// A telephone and a desk, in CSS pixels.
const WIDTHS: [u32; 2] = [375, 1280];

/// What the reader prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// `prefers-color-scheme: light`
    Light,
    /// `prefers-color-scheme: dark`
    Dark,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Browser {
    /// Shows the page at this width (CSS pixels; narrow ones as a telephone) and in this colour scheme.
    pub(crate) async fn set_view(&self, width: u32, scheme: Scheme) {
        let height = if width < 600 { 812 } else { 900 };
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme.name() }] });
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Takes the whole page as it is shown now to `target/screens/<name>.png`.
    pub(crate) async fn screenshot(&self, name: &str) -> PathBuf {
        let shot = self.devtools("Page.captureScreenshot", json!({ "captureBeyondViewport": true })).await;
        let png = mail_parser::decoders::base64::base64_decode(
            shot["data"].as_str().unwrap_or_default().as_bytes(),
        )
        .expect("a picture in base64");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
        std::fs::create_dir_all(&folder).expect("a folder in target");
        let path = folder.join(format!("{name}.png"));
        std::fs::write(&path, png).expect("a file in target");
        path
    }

    /// Looks at the open page in all four views: takes `target/screens/<name>-<width>-<scheme>.png` of each, and gives
    /// every fault found, axe-core's and a page wider than its screen. Good pages give an empty list.
    pub(crate) async fn faults(&self, name: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for width in WIDTHS {
            for scheme in [Scheme::Light, Scheme::Dark] {
                let view = format!("{name}-{width}-{}", scheme.name());
                self.set_view(width, scheme).await;
                self.screenshot(&view).await;
                let wide =
                    self.evaluate("document.documentElement.scrollWidth").await.as_u64().unwrap_or_default();
                if wide > u64::from(width) {
                    faults.push(format!("{view}: the page is {wide} px wide"));
                }
                if self.runs_scripts() {
                    faults.extend(self.axe().await.into_iter().map(|fault| format!("{view}: {fault}")));
                }
            }
        }
        faults
    }

    /// Asks axe-core about the page as it is shown now: what violates WCAG 2.2 A or AA, one line each.
    pub(crate) async fn axe(&self) -> Vec<String> {
        let source =
            std::fs::read_to_string(fetched("node_modules/axe-core/axe.min.js")).expect("axe-core is text");
        let run = format!("{source};\n{ASK_AXE}");
        let answer = self.driver().execute_async(run, Vec::new()).await;
        let answer = answer.unwrap_or_else(|error| panic!("axe-core: {error}")).json().clone();
        let Value::Array(violations) = answer else { panic!("axe-core failed: {answer}") };
        violations.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }
}

const ASK_AXE: &str = r#"
const done = arguments[arguments.length - 1];
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] }).then(
  result => done(result.violations.flatMap(rule => rule.nodes.map(node => {
    const why = node.failureSummary.replace(/\s+/g, " ");
    return `${rule.id} (${rule.impact}) at ${node.target.join(" ")}: ${why}`;
  }))),
  error => done(String(error)));
"#;
