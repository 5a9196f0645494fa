namespace Graft.Reservoirs.Trunks;

/// <summary>How series are scaled before a network sees them.</summary>
public enum ScalingMethod
{
    /// <summary>Left as they are.</summary>
    None,

    /// <summary>To mean 0 and standard deviation 1.</summary>
    Standardize,

    /// <summary>From the least and the greatest value to -1 and 1.</summary>
    Range,
}
