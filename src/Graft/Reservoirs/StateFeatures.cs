namespace Graft.Reservoirs;

/// <summary>What a readout sees of the states.</summary>
public enum StateFeatures
{
    /// <summary>The states as they are.</summary>
    Plain,

    /// <summary>The states and their squares: twice the features (Jaeger, "Adaptive nonlinear system identification with echo state networks", NIPS 2002).</summary>
    Squared,

    /// <summary>
    /// Every second state squared, the others as they are: breaks the symmetry that a reservoir of odd functions has, which systems like Lorenz' share only in part (Lu et al., "Reservoir observers",
    /// Chaos 27, 2017; Pathak et al., Physical Review Letters 120, 2018).
    /// </summary>
    HalfSquared,
}
