namespace Graft.Reservoirs.Trunks;

/// <summary>Which units of a reservoir are connected.</summary>
public enum ReservoirTopology
{
    /// <summary>Each unit reads a number of units drawn at random.</summary>
    Random,

    /// <summary>A random orthogonal matrix: dense, all eigenvalues of the same modulus. The longest linear memory.</summary>
    Orthogonal,

    /// <summary>Unit i reads unit i - 1, the first the last; all weights alike (Rodan, Tino 2011, IEEE Trans. Neural Networks 22).</summary>
    Cycle,

    /// <summary>A cycle with connections of a fixed length both ways (Rodan, Tino 2012, Neural Computation 24).</summary>
    CycleWithJumps,

    /// <summary>A ring of near neighbours of which some are rewired at random (Watts, Strogatz 1998, Nature 393).</summary>
    SmallWorld,

    /// <summary>Unit i reads unit i - 1, the first none; all weights alike.</summary>
    DelayLine,
}

/// <summary>How weights are drawn.</summary>
public enum WeightDistribution
{
    /// <summary>Uniform in [-1, 1].</summary>
    Uniform,

    /// <summary>Standard normal.</summary>
    Normal,

    /// <summary>-1 or 1.</summary>
    Bernoulli,
}

/// <summary>Which rows of a random topology share the units that they read.</summary>
public enum WeightLayout
{
    /// <summary>Shared columns from 64 connections a unit on, rows below, where shared ones would cost memory and leave units unread.</summary>
    Automatic,

    /// <summary>16 units after one another read the same units, with weights of their own. The update is several times faster, since what they read is loaded once.</summary>
    SharedColumns,

    /// <summary>Each unit draws what it reads on its own.</summary>
    Rows,
}

/// <summary>What the spectral radius of the options sets.</summary>
public enum SpectralScaling
{
    /// <summary>The largest modulus of an eigenvalue.</summary>
    Radius,

    /// <summary>The largest singular value: below 1, the initial state is forgotten for certain.</summary>
    Norm,

    /// <summary>Weights stay as drawn.</summary>
    None,
}

/// <summary>What a unit does to the sum of what it reads.</summary>
public enum UnitActivation
{
    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>Nothing: a linear reservoir.</summary>
    Identity,
}

/// <summary>The orthogonal matrix of an edge-of-stability reservoir.</summary>
public enum RotationKind
{
    /// <summary>Random and dense, as in the paper: units^2 multiply-adds a step.</summary>
    Orthogonal,

    /// <summary>A cyclic shift: next to no cost.</summary>
    Cycle,
}
