//! Why a place cannot be used, and what to do about it.

use std::io;
use std::path::PathBuf;

use rustix::io::Errno;

crate::messages! {
    /// Why a place cannot be used.
    #[derive(Debug)]
    pub enum PlaceError {
        Folder { folder: PathBuf, owner: u32, mode: u32 } =
            "the folder {folder} belongs to uid {owner} and has mode {mode:04o}, so that others could replace the socket",
            "文件夹 {folder} 属于 uid {owner}，权限为 {mode:04o}：其他人可能替换套接字";
        /// Another account could replace a folder on the path.
        ReplaceableFolder { folder: PathBuf, owner: u32, mode: u32 } =
            "{folder} belongs to uid {owner} and has mode {mode:04o}, so that others could replace what is in it",
            "{folder} 属于 uid {owner}，权限为 {mode:04o}：其他人可能替换其中的内容";
        Link { folder: PathBuf } = "the folder {folder} is a symbolic link", "文件夹 {folder} 是符号链接";
        Closed { folder: PathBuf } = "other accounts cannot enter {folder}", "其他账户无法进入 {folder}";
        InUse = "another class is there", "那里已有另一个课堂";
        NoSocket = "it is there and no socket", "它已存在，且不是套接字";
        TooLong { bytes: usize, max_bytes: usize } =
            "the path of a socket has at most {max_bytes} bytes, and this one has {bytes}",
            "套接字的路径最多 {max_bytes} 个字节，此路径有 {bytes} 个";
        /// The listening process is of this account, which does not own the folder.
        OtherAccount { uid: u32 } =
            "uid {uid} listens there, whose folder it is not", "在那里监听的是 uid {uid}，而文件夹不属于它";
        NoClass = "there is no class", "没有课堂";
        NoThread { error: io::Error } = "the system gives no thread: {error}", "系统没有可用的线程：{error}";
        System { error: io::Error } = "{error}", "{error}";
    }
}

crate::messages! {
    /// What to do about a place that cannot be used.
    #[derive(Debug)]
    pub enum PlaceHelp {
        OwnFolder =
            "choose a folder of your own with --socket or the variable XDG_RUNTIME_DIR",
            "请用 --socket 或变量 XDG_RUNTIME_DIR 选择自己的文件夹";
        CloseFolder { folder: String } =
            "`chmod 700 {folder}` closes it, or choose a folder of your own with --socket or the variable XDG_RUNTIME_DIR",
            "执行 `chmod 700 {folder}` 即可关闭，或请用 --socket 或变量 XDG_RUNTIME_DIR 选择自己的文件夹";
        OpenFolder =
            "--group: choose a folder that the group can enter with --socket (chmod g+x)",
            "--group：请用 --socket 选择该组可进入的文件夹（chmod g+x）";
        LeadClass =
            "rnn-tui attach --teacher leads it; choose another place with --socket",
            "用 rnn-tui attach --teacher 主持它；或用 --socket 选择另一个位置";
        OtherPlace = "choose another place with --socket", "请用 --socket 选择另一个位置";
        OpenClass =
            "`rnn-tui serve` opens one; --socket says where it is", "`rnn-tui serve` 可开设课堂；--socket 指明其位置";
    }
}

impl std::error::Error for PlaceError {}

impl From<io::Error> for PlaceError {
    fn from(error: io::Error) -> Self {
        Self::System { error }
    }
}

impl From<Errno> for PlaceError {
    fn from(error: Errno) -> Self {
        Self::System { error: error.into() }
    }
}
