namespace Graft.Reservoirs.Trunks;

/// <summary>Options of <see cref="Reservoir"/>. The defaults suit a noise-free series of values about -1 to 1.</summary>
public sealed record ReservoirOptions
{
    /// <summary>The number of units.</summary>
    public int Units { get; init => field = Positive(value, "A reservoir's number of units"); } = 500;

    /// <summary>The number type of the states. Weights have 21 significant bits in both, which float32 holds: more digits of a random number are worth nothing and cost memory traffic.</summary>
    public StatePrecision Precision { get; init; } = StatePrecision.Float64;

    /// <summary>Decides every weight: the same seed and options give the same reservoir.</summary>
    public ulong Seed { get; init; }

    /// <summary>Which units are connected.</summary>
    public ReservoirTopology Topology { get; init; } = ReservoirTopology.Random;

    /// <summary>How the weights of connections are drawn, where the topology leaves them open.</summary>
    public WeightDistribution Distribution { get; init; } = WeightDistribution.Uniform;

    /// <summary>Which rows of a random topology share the units that they read.</summary>
    public WeightLayout Layout { get; init; } = WeightLayout.Automatic;

    /// <summary>How many units each unit reads, in a random topology. More than there are: all.</summary>
    public int Connections { get; init => field = Positive(value, "The number of connections of a unit"); } = 10;

    /// <summary>The fraction of all units that each unit reads, in (0, 1], in place of <see cref="Connections"/>; 1 for a dense reservoir.</summary>
    public double? Density { get; init => field = value is null ? null : UnitInterval(value.Value, "A density"); }

    /// <summary>What <see cref="SpectralRadius"/> sets.</summary>
    public SpectralScaling Scaling { get; init; } = SpectralScaling.Radius;

    /// <summary>
    /// The largest modulus of an eigenvalue of the recurrent weights (or their norm, see <see cref="Scaling"/>), to the six digits that weights keep. Below 1 the initial state is usually forgotten; the closer to 1, the
    /// longer the memory. Cycles and delay lines have this weight on each connection.
    /// </summary>
    public double SpectralRadius { get; init => field = NotNegative(value, "A spectral radius"); } = 0.9;

    /// <summary>What input weights, drawn in [-1, 1], are multiplied by.</summary>
    public double InputScaling { get; init => field = NotNegative(value, "The scaling of inputs"); } = 1;

    /// <summary>A scaling for each input, in place of <see cref="InputScaling"/>.</summary>
    public IReadOnlyList<double>? InputScalings
    {
        get;
        init
        {
            foreach (double scaling in value ?? []) NotNegative(scaling, "The scaling of inputs");
            field = value;
        }
    }

    /// <summary>How input weights, feedback weights and biases are drawn.</summary>
    public WeightDistribution InputDistribution { get; init; } = WeightDistribution.Uniform;

    /// <summary>The fraction of the inputs that each unit reads, in (0, 1]; at least one.</summary>
    public double InputDensity { get; init => field = UnitInterval(value, "The density of input weights"); } = 1;

    /// <summary>What biases, drawn in [-1, 1], are multiplied by.</summary>
    public double BiasScaling { get; init => field = NotNegative(value, "The scaling of biases"); } = 0.2;

    /// <summary>How far a unit moves to its new value in a step, in (0, 1]; 1 for units without leak.</summary>
    public double LeakRate { get; init => field = UnitInterval(value, "A leak rate"); } = 1;

    /// <summary>The other end of a range, in (0, 1]: each unit's leak rate is drawn between the two, evenly in its logarithm. Null for <see cref="LeakRate"/> in all.</summary>
    public double? LeakRateTo { get; init => field = value is null ? null : UnitInterval(value.Value, "A leak rate"); }

    /// <summary>What a unit does to the sum of what it reads.</summary>
    public UnitActivation Activation { get; init; } = UnitActivation.Tanh;

    /// <summary>What feedback weights, drawn in [-1, 1], are multiplied by.</summary>
    public double FeedbackScaling { get; init => field = NotNegative(value, "The scaling of feedback"); } = 1;

    /// <summary>The standard deviation of normal noise on what is fed back, in sessions that add noise: it teaches a readout to recover from its own errors.</summary>
    public double FeedbackNoise { get; init => field = NotNegative(value, "The noise of feedback"); }

    /// <summary>The standard deviation of normal noise on the sum that each unit reads, in sessions that add noise.</summary>
    public double StateNoise { get; init => field = NotNegative(value, "The noise of states"); }

    /// <summary>
    /// In (0, 1): the weight beta of the nonlinear part in an edge-of-stability reservoir, x' = beta tanh(W x + ...) + (1 - beta) O x, O orthogonal (Ceni, Gallicchio 2023, arXiv:2308.02902,
    /// equation 5). Null for leaky units.
    /// </summary>
    public double? Proximity { get; init => field = value is null or (> 0 and < 1) ? value : throw new GraftException($"The proximity of an edge-of-stability reservoir is above 0 and below 1, not {value}. Leave it out for leaky units."); }

    /// <summary>The orthogonal matrix O of an edge-of-stability reservoir.</summary>
    public RotationKind Rotation { get; init; } = RotationKind.Orthogonal;

    /// <summary>How many units lie between the ends of a jump, in a cycle with jumps.</summary>
    public int Jump { get; init => field = Positive(value, "The length of a jump"); } = 5;

    /// <summary>The weight of jumps as a multiple of that of the cycle, before scaling.</summary>
    public double JumpWeight { get; init => field = NotNegative(value, "The weight of jumps"); } = 0.5;

    /// <summary>How many neighbours on the ring each unit reads before rewiring, in a small world: an even number.</summary>
    public int Neighbors
    {
        get;
        init => field = value > 0 && value % 2 == 0 ? value : throw new GraftException($"A small world's number of neighbours is even and above zero, not {value}: half of them lie on each side.");
    } = 10;

    /// <summary>The probability of each connection of a small world to be rewired, in [0, 1].</summary>
    public double Rewiring
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new GraftException($"The probability of rewiring is between 0 and 1, not {value}.");
    } = 0.1;

    /// <summary>The features are the states, followed by the inputs of the step.</summary>
    public bool PassInputs { get; init; }

    /// <summary>Squares every second state in the features, which breaks the symmetry of tanh (Pathak et al. 2018, Phys. Rev. Lett. 120, 024102). What recurs stays as it is.</summary>
    public bool SquareHalf { get; init; }

    private static int Positive(int value, string what) => value > 0 ? value : throw new GraftException($"{what} is above zero, not {value}.");

    private static double NotNegative(double value, string what) => value >= 0 && double.IsFinite(value)
        ? value
        : throw new GraftException($"{what} is a finite number, 0 or above, not {value}.");

    private static double UnitInterval(double value, string what) => value is > 0 and <= 1 ? value : throw new GraftException($"{what} is above 0 and at most 1, not {value}.");
}
