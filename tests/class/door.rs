//! The ssh port of a class, with clients in this process: admission, delays, limits, and the log.

use std::borrow::Cow;
use std::fs;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rnn_tui::class::door::ssh::host_key::{PrivateKey, new_key};
use rnn_tui::class::door::ssh::{Admission, DoorOptions, KeyLine, Keys, Port, SshDoor, Students, Timeouts};
use rnn_tui::class::{Archive, Class, Log, Password, TeacherTools};
use rnn_tui::dashboard::Keymap;
use rnn_tui::session::{Controls, Mode, Pace, PreparedRun, SharedRuns, Trainer};
use russh::client::{self, Handle, KeyboardInteractiveAuthResponse as Reply};
use russh::keys::agent::AgentIdentity;
use russh::keys::ssh_encoding::Encode;
use russh::keys::ssh_key::Signature;
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{ChannelMsg, Preferred, cipher, kex, mac};
use tokio::runtime::Runtime;

use crate::support::pty::Session;
use crate::support::{FakeLearner, wait_until};

/// A time that no test reaches.
const NEVER: Duration = Duration::from_hours(1);

/// A class with an open port, and its log.
struct OpenDoor {
    class: Arc<Class>,
    address: SocketAddr,
    password: Password,
    folder: tempfile::TempDir,
    _door: SshDoor,
    _trainer: Trainer,
}

impl OpenDoor {
    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log.csv")
    }

    /// The rows of the log as event, name, and method with key and detail.
    fn log(&self) -> Vec<[String; 3]> {
        let mut rows = csv::Reader::from_path(self.log_path()).unwrap();
        let row = |row: csv::StringRecord| {
            let how = [&row[6], &row[7]].join(" ").trim().to_owned();
            let parts = [how, row[5].to_owned()].into_iter().filter(|part| !part.is_empty());
            [row[1].to_owned(), row[2].to_owned(), parts.collect::<Vec<_>>().join(": ")]
        };
        rows.records().map(|record| row(record.unwrap())).collect()
    }
}

/// Timeouts that no test reaches.
fn timeouts() -> Timeouts {
    Timeouts {
        log_in: NEVER,
        session_start: NEVER,
        keepalive: NEVER,
        wrong_password_delay: Duration::ZERO,
        ..Timeouts::default()
    }
}

fn password_door(timeouts: Timeouts, teachers: Keys) -> OpenDoor {
    let password = Password::random();
    open(timeouts, Admission { students: Students::Password(password.clone()), teachers }, password)
}

fn open(timeouts: Timeouts, admission: Admission, password: Password) -> OpenDoor {
    let trainer = Trainer::spawn(PreparedRun::new(Box::new(FakeLearner::default()), Pace::Full, Mode::Paused)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(&folder.path().join("log.csv"), false).unwrap();
    let class = Class::new(SharedRuns::new([("", &trainer)]).unwrap(), 64, Archive::new(Some(log), None));
    let tools = Arc::new(TeacherTools {
        controls: Controls::new([&trainer]),
        export: Arc::new(|_, _| Err(std::io::ErrorKind::Unsupported.into())),
        keymap: Keymap::default(),
        frames_per_second: 1,
    });
    let port = Port::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = port.address();
    let options = DoorOptions { admission, notice: Some("For members only.\r\n".to_owned()), timeouts };
    let door = port.open(&class, &tools, new_key(), options).unwrap();
    OpenDoor { class, address, password, folder, _door: door, _trainer: trainer }
}

/// A client that accepts any host key, and stores the notice.
#[derive(Clone, Default)]
struct Client {
    notice: Arc<Mutex<String>>,
}

impl client::Handler for Client {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }

    async fn auth_banner(&mut self, banner: &str, _: &mut client::Session) -> Result<(), Self::Error> {
        banner.clone_into(&mut self.notice.lock().unwrap());
        Ok(())
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn try_connect(address: SocketAddr, preferred: Preferred) -> Result<Handle<Client>, russh::Error> {
    let config = client::Config { preferred, ..client::Config::default() };
    client::connect(Arc::new(config), address, Client::default()).await
}

async fn connect(address: SocketAddr) -> Handle<Client> {
    try_connect(address, Preferred::default()).await.unwrap()
}

/// A client at the password prompt.
async fn prompted(address: SocketAddr, name: &str) -> Handle<Client> {
    let mut client = connect(address).await;
    let reply = client.authenticate_keyboard_interactive_start(name, None).await.unwrap();
    assert!(
        matches!(&reply, Reply::InfoRequest { prompts, .. } if prompts[0].prompt == "password: " && !prompts[0].echo),
        "{reply:?}"
    );
    client
}

/// Answers the password prompt; returns whether the client is admitted.
async fn answer(client: &mut Handle<Client>, password: &str) -> bool {
    let reply = client.authenticate_keyboard_interactive_respond(vec![password.to_owned()]).await;
    matches!(reply, Ok(Reply::Success))
}

/// Starts a session and waits for its first output; returns the channel and the output.
async fn start_session(client: &Handle<Client>) -> (russh::Channel<client::Msg>, Vec<u8>) {
    let mut channel = request_session(client).await;
    loop {
        let message = channel.wait().await.expect("the session has output");
        if let ChannelMsg::Data { data } = message {
            return (channel, data.to_vec());
        }
    }
}

async fn request_session(client: &Handle<Client>) -> russh::Channel<client::Msg> {
    let channel = client.channel_open_session().await.unwrap();
    channel.request_pty(false, "xterm-256color", 80, 24, 0, 0, &[]).await.unwrap();
    channel.request_shell(false).await.unwrap();
    channel
}

fn keys_of(keys: &[&PrivateKey], options: &str) -> Keys {
    let line = |key: &&PrivateKey| format!("{options}{}\n", key.public_key().to_openssh().unwrap());
    KeyLine::all(&keys.iter().map(line).collect::<String>()).unwrap().into_iter().collect()
}

fn signing(key: &PrivateKey) -> PrivateKeyWithHashAlg {
    PrivateKeyWithHashAlg::new(Arc::new(key.clone()), None)
}

#[test]
fn password_by_either_method_is_accepted_after_notice() {
    let door = password_door(timeouts(), Keys::default());
    runtime().block_on(async {
        let handler = Client::default();
        let config = Arc::new(client::Config::default());
        let mut anna = client::connect(config, door.address, handler.clone()).await.unwrap();
        let admitted = anna.authenticate_password("anna", door.password.current()).await.unwrap();
        assert!(admitted.success());
        assert_eq!(*handler.notice.lock().unwrap(), "For members only.\r\n");
        start_session(&anna).await;
        let mut ben = prompted(door.address, "ben").await;
        assert!(answer(&mut ben, &door.password.current()).await);
        start_session(&ben).await;
    });
    let came: Vec<_> = door.log().into_iter().filter(|row| row[0] == "came").collect();
    let expected = [["came", "anna", "password"], ["came", "ben", "keyboard-interactive"]];
    assert_eq!(came, expected.map(|row| row.map(str::to_owned)));
}

#[test]
fn channel_with_small_packets_is_rejected() {
    let door = password_door(timeouts(), Keys::default());
    runtime().block_on(async {
        for (maximum_packet_size, is_accepted) in [(1, false), (1000, false), (4096, true), (32768, true)] {
            let config = Arc::new(client::Config { maximum_packet_size, ..client::Config::default() });
            let mut anna = client::connect(config, door.address, Client::default()).await.unwrap();
            assert!(anna.authenticate_password("anna", door.password.current()).await.unwrap().success());
            assert_eq!(anna.channel_open_session().await.is_ok(), is_accepted, "{maximum_packet_size}");
        }
    });
}

#[test]
fn expensive_key_exchanges_are_rejected() {
    let door = password_door(timeouts(), Keys::default());
    let with = |exchange| Preferred { kex: Cow::Owned(vec![exchange]), ..Preferred::default() };
    runtime().block_on(async {
        for exchange in
            [kex::MLKEM768X25519_SHA256, kex::CURVE25519, kex::CURVE25519_PRE_RFC_8731, kex::ECDH_SHA2_NISTP256]
        {
            assert!(try_connect(door.address, with(exchange)).await.is_ok(), "{exchange:?}");
        }
        for exchange in [
            kex::DH_GEX_SHA256,
            kex::DH_G14_SHA256,
            kex::DH_G16_SHA512,
            kex::DH_G18_SHA512,
            kex::ECDH_SHA2_NISTP384,
            kex::ECDH_SHA2_NISTP521,
            kex::NONE,
        ] {
            assert!(try_connect(door.address, with(exchange)).await.is_err(), "{exchange:?}");
        }
        // MACs before encryption are rejected, too
        let macs = Preferred {
            cipher: Cow::Borrowed(&[cipher::AES_256_CTR]),
            mac: Cow::Borrowed(&[mac::HMAC_SHA256, mac::HMAC_SHA512, mac::HMAC_SHA1_ETM]),
            ..Preferred::default()
        };
        assert!(try_connect(door.address, macs).await.is_err());
    });
}

#[test]
fn many_offered_keys_are_rejected_without_delay() {
    let (teacher, mut offered) = (new_key(), Vec::new());
    offered.resize_with(20, new_key);
    // a delayed rejection would never arrive
    let door = password_door(Timeouts { wrong_password_delay: NEVER, ..timeouts() }, keys_of(&[&teacher], ""));
    runtime().block_on(async {
        let mut anna = connect(door.address).await;
        for key in &offered {
            assert!(!anna.authenticate_publickey("anna", signing(key)).await.unwrap().success());
        }
        assert!(anna.authenticate_password("anna", door.password.current()).await.unwrap().success());
        start_session(&anna).await;
        let mut teaching = connect(door.address).await;
        for key in &offered[..9] {
            assert!(!teaching.authenticate_publickey("eva", signing(key)).await.unwrap().success());
        }
        assert!(teaching.authenticate_publickey("eva", signing(&teacher)).await.unwrap().success());
        start_session(&teaching).await;
    });
    let fingerprint = |key: &PrivateKey| key.public_key().fingerprint(HashAlg::default()).to_string();
    let log = door.log();
    let refused = &log[0];
    assert!(refused[0] == "refused" && refused[1] == "anna" && refused[2].starts_with("publickey SHA256:"), "{log:?}");
    assert!(
        refused[2].contains(&fingerprint(&offered[0])) && refused[2].ends_with("and 10 more: an unknown key"),
        "{log:?}"
    );
    assert_eq!(log[3], ["came".to_owned(), "eva".to_owned(), format!("publickey {}", fingerprint(&teacher))]);
}

#[test]
fn key_options_limit_students_and_teachers() {
    for (options, expected) in [
        ("from=\"127.0.0.0/8\" ", None),
        ("from=\"192.0.2.0/24\" ", Some("not from an address of its from=")),
        ("from=\"127.*,!127.0.0.1\" ", Some("not from an address of its from=")),
        ("expiry-time=\"20000101Z\" ", Some("the key has expired")),
    ] {
        let key = new_key();
        let admission = |students, teachers| Admission { students, teachers };
        let of_students = admission(Students::Keys(keys_of(&[&key], options)), Keys::default());
        let of_teachers = admission(Students::Password(Password::random()), keys_of(&[&key], options));
        for admission in [of_students, of_teachers] {
            let door = open(timeouts(), admission, Password::random());
            let is_in = runtime().block_on(async {
                connect(door.address).await.authenticate_publickey("anna", signing(&key)).await.unwrap().success()
            });
            assert_eq!(is_in, expected.is_none(), "{options}");
            if let Some(expected) = expected {
                wait_until(expected, || door.log().first().is_some_and(|row| row[2].ends_with(expected)));
            }
        }
    }
}

#[test]
fn right_password_after_many_wrong_is_accepted() {
    let door = password_door(timeouts(), Keys::default());
    runtime().block_on(async {
        // on one connection
        let mut ben = prompted(door.address, "ben").await;
        for _ in 0..2 {
            assert!(!answer(&mut ben, "wrong").await);
            ben.authenticate_keyboard_interactive_start("ben", None).await.unwrap();
        }
        assert!(answer(&mut ben, &door.password.current()).await);
        let mut eve = prompted(door.address, "eve").await;
        for _ in 0..6 {
            assert!(!answer(&mut eve, "wrong").await);
            let _ = eve.authenticate_keyboard_interactive_start("eve", None).await;
        }
        assert!(!answer(&mut eve, &door.password.current()).await, "closed after six");
        // on many connections
        let mut guessing = Vec::new();
        for _ in 0..60 {
            guessing.push(prompted(door.address, "mallory").await);
        }
        let wrong = |mut client| tokio::spawn(async move { answer(&mut client, "wrong").await });
        let guesses: Vec<_> = guessing.into_iter().map(wrong).collect();
        for guess in guesses {
            assert!(!guess.await.unwrap());
        }
        let mut anna = prompted(door.address, "anna").await;
        assert!(answer(&mut anna, &door.password.current()).await);
        let mut fay = prompted(door.address, "fay").await;
        assert!(!answer(&mut fay, "wrong").await);
    });
    let log = door.log();
    let refused: Vec<_> = log.iter().filter(|row| row[0] == "refused").collect();
    assert_eq!(refused[0], &["refused", "ben", "keyboard-interactive: a wrong password"]);
    assert!(refused.len() >= 50, "{}", refused.len());
}

#[test]
fn idle_clients_at_same_address_displace_no_password_prompt() {
    let door = password_door(timeouts(), Keys::default());
    runtime().block_on(async {
        let mut anna = prompted(door.address, "anna").await;
        let password = door.password.current();
        // at the same address
        let silent: Vec<_> = (0..400).map(|_| TcpStream::connect(door.address).unwrap()).collect();
        let mut named = Vec::new();
        for _ in 0..300 {
            let mut client = connect(door.address).await;
            assert!(!client.authenticate_none("nobody").await.unwrap().success());
            named.push(client);
        }
        // later arrivals are admitted, too
        let mut ben = prompted(door.address, "ben").await;
        let more: Vec<_> = (0..400).map(|_| TcpStream::connect(door.address).unwrap()).collect();
        assert!(answer(&mut ben, &password).await);
        assert!(answer(&mut anna, &password).await);
        start_session(&anna).await;
        drop((silent, named, more));
    });
}

#[test]
fn idle_clients_at_other_address_displace_no_client() {
    let door = password_door(timeouts(), Keys::default());
    runtime().block_on(async {
        // a client that has only sent a name
        let mut anna = connect(door.address).await;
        assert!(!anna.authenticate_none("anna").await.unwrap().success());
        let mut others = Vec::new();
        for _ in 0..300 {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
            let stream = socket.connect(door.address).await.unwrap();
            let config = Arc::new(client::Config::default());
            let mut client = client::connect_stream(config, stream, Client::default()).await.unwrap();
            client.authenticate_keyboard_interactive_start("nobody", None).await.unwrap();
            others.push(client);
        }
        assert!(anna.authenticate_password("anna", door.password.current()).await.unwrap().success());
        start_session(&anna).await;
        drop(others);
    });
}

#[test]
fn unresponsive_client_after_log_in_is_dropped() {
    let door = password_door(Timeouts { keepalive: Duration::from_secs(1), ..timeouts() }, Keys::default());
    let gone = runtime();
    let (client, channel) = gone.block_on(async {
        let mut anna = prompted(door.address, "anna").await;
        assert!(answer(&mut anna, &door.password.current()).await);
        let channel = start_session(&anna).await;
        (anna, channel)
    });
    assert_eq!(door.class.present(), 1);
    // the client is not polled any more, and its connection stays open
    wait_until("an empty class", || door.class.present() == 0);
    let log = door.log();
    assert!(log.last().unwrap()[0] == "left" && log.last().unwrap()[2].contains(": lost"), "{log:?}");
    drop((client, channel, gone));
}

#[test]
fn idle_client_that_answers_keepalive_stays() {
    let keepalive = Duration::from_secs(1);
    let door = password_door(Timeouts { keepalive, ..timeouts() }, Keys::default());
    runtime().block_on(async {
        let mut anna = prompted(door.address, "anna").await;
        assert!(answer(&mut anna, &door.password.current()).await);
        let (mut channel, _) = start_session(&anna).await;
        // for longer than an unresponsive client stays
        let until = tokio::time::Instant::now() + keepalive * 9;
        while tokio::time::timeout_at(until, channel.wait()).await.is_ok_and(|message| message.is_some()) {}
        assert_eq!(door.class.present(), 1);
    });
}

#[test]
fn client_at_each_stage_times_out() {
    let short = Duration::from_millis(100);
    let ends = |timeouts: Timeouts, reach: &dyn Fn(&OpenDoor) -> Box<dyn std::any::Any>| {
        let door = password_door(timeouts, Keys::default());
        let _held = reach(&door);
    };
    // a silent client
    ends(Timeouts { log_in: short, ..timeouts() }, &|door| {
        let mut silent = TcpStream::connect(door.address).unwrap();
        silent.read_to_end(&mut Vec::new()).unwrap(); // until the connection is closed
        Box::new(silent)
    });
    // a client that has logged in and starts no session
    ends(Timeouts { session_start: short, ..timeouts() }, &|door| {
        runtime().block_on(async {
            let mut anna = prompted(door.address, "anna").await;
            assert!(answer(&mut anna, &door.password.current()).await);
            while !anna.is_closed() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        Box::new(())
    });
    // a session
    ends(Timeouts { session: short, ..timeouts() }, &|door| {
        runtime().block_on(async {
            let mut anna = prompted(door.address, "anna").await;
            assert!(answer(&mut anna, &door.password.current()).await);
            let mut channel = request_session(&anna).await;
            while channel.wait().await.is_some() {}
        });
        Box::new(())
    });
}

#[test]
fn session_without_keys_ends_as_idle_and_projector_stays() {
    let door = password_door(timeouts(), Keys::default());
    door.class.set_idle_limit(Duration::from_millis(200));
    let output = runtime().block_on(async {
        let mut anna = prompted(door.address, "anna").await;
        assert!(answer(&mut anna, &door.password.current()).await);
        let mut screen = prompted(door.address, "Projector").await;
        assert!(answer(&mut screen, &door.password.current()).await);
        let screen = start_session(&screen).await;
        let (mut channel, mut output) = start_session(&anna).await;
        while let Some(message) = channel.wait().await {
            if let ChannelMsg::Data { data } = message {
                output.extend_from_slice(&data);
            }
        }
        assert_eq!(door.class.present(), 1, "a projector has no idle limit");
        drop(screen);
        String::from_utf8_lossy(&output).into_owned()
    });
    assert!(output.contains("nothing was typed for long"), "{output}");
    assert!(door.log().iter().any(|row| row[0] == "left" && row[2].ends_with(": idle")), "{:?}", door.log());
}

/// A signer whose signatures are of other data.
struct Forger(PrivateKey);

impl russh::Signer for Forger {
    type Error = russh::AgentAuthError;

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        _: Option<HashAlg>,
        mut to_sign: Vec<u8>,
    ) -> Result<Vec<u8>, Self::Error> {
        let signature: Signature = russh::keys::signature::Signer::sign(&self.0, b"something else");
        signature.encode_prefixed(&mut to_sign).unwrap();
        Ok(to_sign)
    }
}

#[test]
fn wrong_signature_with_teacher_key_is_logged() {
    let teacher = new_key();
    let door = password_door(timeouts(), keys_of(&[&teacher], ""));
    runtime().block_on(async {
        let mut eve = connect(door.address).await;
        let public = teacher.public_key().clone();
        let tried = eve.authenticate_publickey_with("eve", public, None, &mut Forger(teacher.clone())).await;
        assert!(!tried.is_ok_and(|tried| tried.success()));
    });
    wait_until("a row", || !door.log().is_empty());
    let fingerprint = teacher.public_key().fingerprint(HashAlg::default());
    let expected = ["refused".to_owned(), "eve".to_owned(), format!("publickey {fingerprint}: no valid signature")];
    assert_eq!(door.log(), [expected]);
    assert!(!fs::read_to_string(door.log_path()).unwrap().contains("came"));
}

/// OpenSSH's client at the password prompt.
fn ssh_prompted(address: SocketAddr, more: &[&str]) -> Session {
    let (port, none) = (address.port().to_string(), "/dev/null");
    let known = format!("UserKnownHostsFile={none}");
    let options =
        ["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", &known, "-o", "IdentityAgent=none", "-p", &port];
    let ssh = Session::start(24, 80, "ssh", &[&options[..], more, &["anna@127.0.0.1"]].concat(), &[]);
    ssh.wait_for("password:");
    ssh
}

#[test]
#[ignore = "needs ssh"]
fn openssh_gets_keepalives_only_after_log_in() {
    let keepalive = Duration::from_secs(1);
    let door = password_door(Timeouts { keepalive, ..timeouts() }, Keys::default());
    for way in ["keyboard-interactive", "password"] {
        let methods = format!("PreferredAuthentications={way}");
        let mut anna = ssh_prompted(door.address, &["-o", &methods]);
        thread::sleep(keepalive * 4); // the absence of a message cannot be awaited
        anna.press(&format!("{}\r", door.password.current()));
        anna.wait_for("q quit");
        anna.leave_class();
        let (status, output) = anna.assert_given_back();
        assert!(status.success() && output.contains("you have left the class"), "{output}");
    }
}

#[test]
#[ignore = "minutes"]
fn slow_password_beside_hundreds_of_idle_clients_is_accepted() {
    let door = password_door(Timeouts::default(), Keys::default());
    let mut anna = ssh_prompted(door.address, &[]);
    let clients = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let held = clients.block_on(async {
        let (mut silent, mut named) = (Vec::new(), Vec::new());
        for address in ["127.0.0.1:0", "127.0.0.2:0"] {
            for _ in 0..200 {
                let from = || {
                    let socket = tokio::net::TcpSocket::new_v4().unwrap();
                    socket.bind(address.parse().unwrap()).unwrap();
                    socket.connect(door.address)
                };
                silent.push(from().await.unwrap());
                let config = Arc::new(client::Config::default());
                let connected = client::connect_stream(config, from().await.unwrap(), Client::default()).await;
                let mut client = connected.unwrap();
                assert!(!client.authenticate_none("nobody").await.unwrap().success());
                named.push(client);
            }
        }
        (silent, named)
    });
    thread::sleep(Duration::from_secs(90)); // as slowly as a student who copies from the board
    anna.press(&format!("{}\r", door.password.current()));
    anna.wait_for("q quit");
    let mut ben = ssh_prompted(door.address, &[]);
    ben.press(&format!("{}\r", door.password.current()));
    ben.wait_for("q quit");
    drop(held);
}
