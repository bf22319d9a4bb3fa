//! Flows in, Argo files out.
