namespace Graft.Kernels.Elementwise;

/// <summary>The activations that cost nothing at the end of a kernel: min(max(x, low), high).</summary>
/// <param name="Low">The smallest result.</param>
/// <param name="High">The largest result.</param>
internal readonly record struct Clamp(float Low, float High)
{
    /// <summary>Every number passes.</summary>
    public static Clamp None => new(float.NegativeInfinity, float.PositiveInfinity);

    /// <summary>Whether every number passes.</summary>
    public bool IsNone => float.IsNegativeInfinity(Low) && float.IsPositiveInfinity(High);
}
