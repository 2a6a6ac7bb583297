//! Which checkpoints of a run stay, and the links to them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::super::checkpoint;
use super::super::disk::relink;
use super::super::layout::{checkpoints, checkpoints_by_attempt};
use super::super::messages::FolderMessage;
use super::super::names::{BEST, CHECKPOINTS, LATEST, REMOVING};
use super::RunFolder;
use crate::language::Message;

impl RunFolder {
    /// Points the links to the checkpoint `latest` and to the best one of the last attempt.
    pub(super) fn link(&self, latest: &Path) -> io::Result<()> {
        let all = checkpoints_by_attempt(&self.path);
        let best = all.values().next_back().and_then(|attempt| attempt.best.first());
        let latest = latest.file_name().map(|name| name.to_string_lossy().into_owned());
        let link = |(name, checkpoint): (&str, Option<&String>)| match checkpoint {
            Some(checkpoint) => self.set_link(name, checkpoint),
            None => Ok(()),
        };
        let [latest, best] = [(LATEST, latest.as_ref()), (BEST, best)].map(link);
        latest.and(best)
    }

    /// Points the link `name` to a checkpoint, in place of a link or of a copy of a checkpoint.
    ///
    /// # Errors
    /// Those of the disk; also if a folder with other files has that name.
    fn set_link(&self, name: &str, checkpoint: &str) -> io::Result<()> {
        let (target, link, disk) = (Path::new(CHECKPOINTS).join(checkpoint), self.path.join(name), self.disk.as_ref());
        if fs::read_link(&link).is_ok_and(|leads_to| leads_to == target) {
            return Ok(());
        }
        let named = |error: io::Error| io::Error::new(error.kind(), Message::from(error).at(link.clone()));
        let is_folder = fs::symlink_metadata(&link).is_ok_and(|there| there.is_dir());
        if is_folder && !checkpoint::is_checkpoint_copy(&link) {
            let why = Message::from(FolderMessage::LinkIsFolder);
            return Err(named(io::Error::new(io::ErrorKind::Unsupported, why)));
        }
        // copying a folder may replace its links by copies of checkpoints, which become outdated
        if is_folder {
            disk.remove(&link).map_err(named)?;
        }
        relink(disk, &target, &link).map_err(named)
    }

    /// Removes all checkpoints but the last `keep` (at least one), the best one of each attempt (without validations the last
    /// one), and those that links point to. Returns how many were removed.
    pub(in crate::storage) fn prune(&self, keep: usize) -> io::Result<usize> {
        let attempts = checkpoints_by_attempt(&self.path);
        let retained = attempts.values().map(|attempt| attempt.best.first().unwrap_or(&attempt.last).clone());
        // a link that could not be updated points to an earlier checkpoint
        let linked = [LATEST, BEST].into_iter().filter_map(|link| {
            let target = fs::read_link(self.path.join(link)).ok()?;
            Some(target.file_name()?.to_str()?.to_owned())
        });
        let retained: BTreeSet<String> = retained.chain(linked).collect();
        let (folder, removing) = (self.path.join(CHECKPOINTS), self.path.join(CHECKPOINTS).join(REMOVING));
        let names = checkpoints(&self.path); // the last one first
        let mut count = 0;
        for name in names.iter().skip(keep.max(1)).filter(|name| !retained.contains(*name)) {
            self.disk.remove(&removing)?;
            self.disk.rename(&folder.join(name), &removing)?; // a checkpoint is never seen half removed
            self.disk.remove(&removing)?;
            count += 1;
        }
        Ok(count)
    }
}
