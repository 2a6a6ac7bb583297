//! Why a line of an `authorized_keys` file is rejected.

/// Why a line is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// 1-based number of the line; `None` if no line has a key.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: KeyProblem,
    /// What would be right.
    pub help: KeyHelp,
}

crate::messages! {
    /// What is wrong with a line.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum KeyProblem {
        NoKey = "there is no public key", "没有公钥";
        Certificate = "this is a certificate", "这是一份证书";
        ShortRsa { bits: u32, min_bits: u32 } =
            "this RSA key has {bits} bits, of {min_bits} that it needs", "此 RSA 密钥只有 {bits} 位，至少需要 {min_bits} 位";
        OtherKind { algorithm: String } = "keys of the kind {algorithm} are not taken", "不接受 {algorithm} 类型的密钥";
        OpenQuote = "a quotation mark is not closed", "引号没有闭合";
        InvalidAddress { text: String } =
            "`{text}` of from= is no address and no network", "from= 中的 `{text}` 既不是地址也不是网络";
        TwoLists = "from= stands here twice", "from= 在此出现了两次";
        InvalidTime { text: String } = "`{text}` of expiry-time= is not a time", "expiry-time= 的 `{text}` 不是时间";
        NoTerminal { option: String } =
            "{option} forbids a terminal, and a class is nothing else", "{option} 禁止终端，而课堂只有终端";
        UnknownOption { name: String } = "the option {name} is not obeyed here", "此处不执行选项 {name}";
    }
}

crate::messages! {
    /// What would be right in place of a line.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum KeyHelp {
        Line =
            "expected lines as in OpenSSH's authorized_keys, such as ssh-ed25519 AAAA… anna",
            "应为 OpenSSH authorized_keys 那样的行，例如 ssh-ed25519 AAAA… anna";
        KeyItself =
            "certificates are not taken here: expected the key itself", "此处不接受证书：应为密钥本身";
        Ed25519 = "expected a key as `ssh-keygen -t ed25519` makes it", "应为 `ssh-keygen -t ed25519` 生成的密钥";
        CloseQuote = "expected one at each end of a value", "值的两端都应有引号";
        Address =
            "expected such as 192.0.2.7, 192.0.2.* or 192.0.2.0/24: names of hosts are not looked up",
            "应为 192.0.2.7、192.0.2.* 或 192.0.2.0/24 这样的写法：不会查询主机名";
        OneList = "expected one list, with commas", "应为一个以逗号分隔的列表";
        Time =
            "expected a time in UTC with Z at its end, such as 20270131Z or 202701311800Z",
            "应为以 Z 结尾的 UTC 时间，例如 20270131Z 或 202701311800Z";
        AllowTerminal = "write restrict,pty, or leave the option out", "请写 restrict,pty，或去掉此选项";
        Command =
            "it would start another program than the class: take the line out, or the option",
            "它会启动课堂以外的程序：请去掉此行或此选项";
        ListKeys = "certificates are not taken here: list the keys themselves", "此处不接受证书：请列出密钥本身";
        Pin =
            "whether a PIN was typed is not checked here: take the line out, or the option",
            "此处不检查是否输入了 PIN：请去掉此行或此选项";
        KnownOptions =
            "from= and expiry-time= are, and what forbids forwarding: take the line out, or the option",
            "执行的有 from=、expiry-time= 及禁止转发的选项：请去掉此行或此选项";
    }
}

/// What is wrong, and what would be right.
pub(super) type Rejection = (KeyProblem, KeyHelp);

/// The line has no public key.
pub(super) const NO_KEY: Rejection = (KeyProblem::NoKey, KeyHelp::Line);
