//! Calls: which method, and what it does to the object that it is made on.

/// The number of a call: its row in the table of the front end (the hook table for Metal). Below 2^16 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallId(pub u16);

/// What a call does to the encoder or command buffer that it is made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// Encodes, or changes what will be encoded. After the encoder's end it is a late call.
    Encode,
    /// Encodes work for the GPU. After the encoder's end it is a late call, and work is lost.
    Dispatch,
    /// Ends the encoder. After another end it is a late call.
    End,
    /// The driver's own teardown, which also comes to an encoder that has ended. It is never late.
    Teardown,
    /// Frees the object: its address may come back as another object's.
    Free,
    /// Reads or changes the object but encodes nothing. It is never late.
    Access,
    /// Opens an encoder on a command buffer: not while another encoder is open, and not after the commit.
    Open,
    /// Encodes on a command buffer what cannot stand inside an encoder: not while one is open, and not after the commit.
    Event,
    /// Commits a command buffer: once, and not while an encoder is open. (In Metal 4: ends it.)
    Commit,
    /// Begins a command buffer of Metal 4 anew: encoders can be opened again.
    Begin,
}

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Which method.
    pub id: CallId,
    /// What it does.
    pub kind: CallKind,
}

/// How far a command buffer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Phase {
    /// Encoders can be opened.
    Recording = 0,
    /// On its way to, or on, the GPU.
    Committed = 1,
    /// The GPU is done.
    Completed = 2,
}

impl CallKind {
    /// Whether such a call is late on an encoder that has ended.
    #[inline]
    pub const fn is_late_after_end(self) -> bool {
        matches!(self, Self::Encode | Self::Dispatch | Self::End)
    }

    /// Whether the work of such a late call can be done on another encoder.
    #[inline]
    pub const fn is_rescued_after_end(self) -> bool {
        matches!(self, Self::Encode | Self::Dispatch)
    }

    /// Whether the state of a command buffer decides about the call.
    #[inline]
    pub const fn is_of_buffer(self) -> bool {
        matches!(self, Self::Open | Self::Event | Self::Commit)
    }

    /// Whether the object may be a command buffer, so that the call does not show that it is an encoder.
    pub const fn makes_no_encoder(self) -> bool {
        matches!(self, Self::Access | Self::Open | Self::Event | Self::Commit | Self::Begin)
    }
}
