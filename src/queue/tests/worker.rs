//! The worker engine, end to end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};

use super::*;

/// A handler that tells what it was given, and then does what `act` says.
fn handler(
    store: &Store,
    told: mpsc::UnboundedSender<(String, i64)>,
    act: impl Fn(&str, i64) -> Result<()> + Send + Sync + 'static,
) -> Handler {
    let (store, act) = (store.clone(), Arc::new(act));
    Arc::new(move |lease| {
        let (store, told, act) = (store.clone(), told.clone(), act.clone());
        Box::pin(async move {
            let _ = told.send((name_of(&lease), lease.attempt));
            act(&name_of(&lease), lease.attempt)?;
            store.write(move |cx| done(cx, &lease)).await
        })
    })
}

async fn house() -> House {
    tokio::task::spawn_blocking(House::new).await.unwrap()
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("it comes in time")
}

#[tokio::test]
async fn a_worker_does_everything_and_tries_again_what_failed_or_panicked() {
    let house = house().await;
    let (told, mut heard) = mpsc::unbounded_channel();
    let (stop, stopped) = watch::channel(false);
    let handler = handler(&house.store, told, |name, attempt| match (name, attempt) {
        ("fails once", 1) => Err(Error::upstream("the server", "busy")),
        ("panics once", 1) => panic!("as it was meant to"),
        _ => Ok(()),
    });
    let worker = Worker { topic: TOPIC, parallel: 2, lease_ms: DAY, handler };
    let running = tokio::spawn(run(house.store.clone(), worker, stopped));
    for name in ["a", "fails once", "b", "panics once", "c"] {
        house.store.write(move |cx| enqueue(cx, &work(name))).await.unwrap();
    }
    let mut given = Vec::new();
    soon(async {
        while given.len() < 7 {
            house.clock.advance(SECOND);
            if let Ok(next) = tokio::time::timeout(Duration::from_millis(20), heard.recv()).await {
                given.extend(next);
            }
        }
    })
    .await;
    stop.send(true).unwrap();
    soon(running).await.unwrap();
    given.sort();
    let expected = [
        ("a", 1),
        ("b", 1),
        ("c", 1),
        ("fails once", 1),
        ("fails once", 2),
        ("panics once", 1),
        ("panics once", 2),
    ];
    assert_eq!(given, expected.map(|(name, attempt)| (name.to_owned(), attempt)));
    assert!(house.store.read(|cx| topics(cx)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_finishes_what_is_in_hand_and_begins_nothing() {
    let house = house().await;
    for name in ["in hand", "not begun"] {
        house.store.write(move |cx| enqueue(cx, &work(name))).await.unwrap();
    }
    let (stop, stopped) = watch::channel(false);
    let (began, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let handler: Handler = {
        let (store, began, may_end) = (house.store.clone(), began.clone(), may_end.clone());
        Arc::new(move |lease| {
            let (store, began, may_end) = (store.clone(), began.clone(), may_end.clone());
            Box::pin(async move {
                began.notify_one();
                may_end.notified().await;
                store.write(move |cx| done(cx, &lease)).await
            })
        })
    };
    let worker = Worker { topic: TOPIC, parallel: 1, lease_ms: DAY, handler };
    let running = tokio::spawn(run(house.store.clone(), worker, stopped));
    soon(began.notified()).await;
    stop.send(true).unwrap();
    may_end.notify_one();
    soon(running).await.unwrap();
    let left = house.store.write(|cx| claim(cx, TOPIC, 10, LEASE)).await.unwrap();
    assert_eq!(
        left.iter().map(|lease| (name_of(lease), lease.attempt)).collect::<Vec<_>>(),
        [("not begun".into(), 1)]
    );
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_does_not_begin_again_what_is_in_hand() {
    let house = house().await;
    let (stop, stopped) = watch::channel(false);
    let (told, mut begun) = mpsc::unbounded_channel();
    let may_end = Arc::new(tokio::sync::Semaphore::new(0));
    let handler: Handler = {
        let (store, may_end) = (house.store.clone(), may_end.clone());
        Arc::new(move |lease| {
            let (store, told, may_end) = (store.clone(), told.clone(), may_end.clone());
            Box::pin(async move {
                let _ = told.send(name_of(&lease));
                may_end.acquire().await.unwrap().forget();
                store.write(move |cx| done(cx, &lease)).await
            })
        })
    };
    let worker = Worker { topic: TOPIC, parallel: 3, lease_ms: LEASE, handler };
    let running = tokio::spawn(run(house.store.clone(), worker, stopped));
    for name in ["in hand", "after the jump"] {
        house.store.write(move |cx| enqueue(cx, &work(name))).await.unwrap();
        assert_eq!(soon(begun.recv()).await.as_deref(), Some(name));
        house.clock.advance(DAY);
    }
    may_end.add_permits(2);
    stop.send(true).unwrap();
    soon(running).await.unwrap();
    assert_eq!(begun.try_recv().ok(), None);
    assert!(house.store.read(|cx| topics(cx)).await.unwrap().is_empty());
}

#[tokio::test]
async fn no_more_is_in_hand_than_there_are_hands() {
    let house = house().await;
    for i in 0..20 {
        house.store.write(move |cx| enqueue(cx, &work(&i.to_string()))).await.unwrap();
    }
    let (stop, stopped) = watch::channel(false);
    let (told, mut heard) = mpsc::unbounded_channel();
    let hands = Arc::new(Mutex::new((0, 0)));
    let handler: Handler = {
        let (store, hands) = (house.store.clone(), hands.clone());
        Arc::new(move |lease| {
            let (store, hands, told) = (store.clone(), hands.clone(), told.clone());
            Box::pin(async move {
                {
                    let mut hands = hands.lock().unwrap();
                    hands.0 += 1;
                    hands.1 = hands.1.max(hands.0);
                }
                tokio::task::yield_now().await;
                hands.lock().unwrap().0 -= 1;
                let finished = store.write(move |cx| done(cx, &lease)).await;
                let _ = told.send(());
                finished
            })
        })
    };
    let worker = Worker { topic: TOPIC, parallel: 3, lease_ms: DAY, handler };
    let running = tokio::spawn(run(house.store.clone(), worker, stopped));
    for _ in 0..20 {
        soon(heard.recv()).await.unwrap();
    }
    stop.send(true).unwrap();
    soon(running).await.unwrap();
    let most = hands.lock().unwrap().1;
    assert!((1..=3).contains(&most), "{most} at once");
}
