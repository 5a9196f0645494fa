namespace Graft.Plans;

/// <summary>Whether a step of an inference plan can work on bytes.</summary>
internal enum ByteUse
{
    /// <summary>It cannot.</summary>
    None,

    /// <summary>It can where bytes come out, too.</summary>
    ToBytes,

    /// <summary>It can, and bytes or numbers come out.</summary>
    ToAny,
}
