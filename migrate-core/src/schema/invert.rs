//! The step that undoes a step.
