//! Cleans earlier documents of a host when it comes out that a block of theirs is not the article.
//!
//! The stored text is enough: a repeated block is one of its lines, known by its hash. Each block is
//! looked for once, and that it was is stored in the commit that stores the cleaned texts, so that a
//! pass that is cut off does it again or has done it. Documents keep their ids and revisions; what is
//! in the window is placed anew ([`Ingest::again`]).

use super::context::{Pass, Summary};
use super::leases::{Leases, MAINTENANCE};
use super::{Ingest, PipelineError, learned};
use samestory_extract::article::{self, RepeatedCounts};
use samestory_model::{Document, canonical_key};
use samestory_store::{Commit, Work};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

impl Pass<'_> {
    /// Frees the earlier documents of `hosts` of what was learned about these hosts.
    pub(super) fn clean_earlier(
        &self,
        hosts: &BTreeSet<String>,
        claims: &Leases<'_>,
        ingest: &mut Ingest<'_>,
        summary: &mut Summary,
    ) -> Result<(), PipelineError> {
        if hosts.is_empty() {
            return Ok(());
        }
        // Where another worker is at it, the next pass that asks these hosts does it.
        let held = claims.take(Work::Alone, &[MAINTENANCE.to_owned()], 1)?;
        if held.is_empty() {
            return Ok(());
        }
        let mut commit = Commit::default();
        let mut cleaned: BTreeMap<String, Document> = BTreeMap::new();
        for host in hosts {
            let mut record = self.store.host(host)?;
            let mut counts: RepeatedCounts = match learned::known(host, &record.blocks) {
                Ok(Some(counts)) => counts,
                Ok(None) => continue,
                Err(failure) => {
                    summary.lost.push(failure);
                    continue;
                }
            };
            let repeated = counts.unapplied(self.settings.extract.repeated_after);
            let Some(name) = named(host).filter(|_| !repeated.is_empty()) else { continue };
            for id in self.store.documents_on(&name)? {
                let Some(document) = self.store.document(id)? else { continue };
                // At an alias stands a text of another host.
                if document.url.host_str().and_then(named).as_ref() != Some(&name) {
                    continue;
                }
                if let Some(text) = article::without(&document.text, &repeated) {
                    cleaned.insert(document.id.to_string(), Document { text, ..document });
                }
            }
            counts.apply(&repeated);
            record.blocks = learned::kept(&counts);
            commit.hosts.push((host.clone(), record));
        }
        if commit.is_empty() {
            return Ok(());
        }
        if cleaned.is_empty() {
            return Ok(self.store.commit(&commit)?);
        }
        summary.cleaned = cleaned.len();
        self.progress.begin("cleaning earlier documents", cleaned.len() as u64);
        ingest.again(cleaned.into_values().collect(), commit, self.now, self.progress)?;
        self.progress.end();
        Ok(())
    }
}

/// A host as canonical keys have it.
fn named(host: &str) -> Option<String> {
    Url::parse(&format!("https://{host}/")).ok().map(|root| canonical_key(&root).trim_end_matches('/').to_owned())
}
