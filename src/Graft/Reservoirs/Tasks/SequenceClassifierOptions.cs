using Graft.Readouts;
using Graft.Reservoirs.Trunks;
using Graft.Threads;

namespace Graft.Reservoirs.Tasks;

/// <summary>Options of <see cref="SequenceClassifier"/>.</summary>
public sealed record SequenceClassifierOptions
{
    /// <summary>The reservoir that is drawn, where <see cref="Trunk"/> is not given.</summary>
    public ReservoirOptions Reservoir { get; init; } = new() { Units = 200, LeakRate = 0.3, InputScaling = 0.5, PassInputs = true };

    /// <summary>A trunk to use as it is; null: one reservoir.</summary>
    public SequenceTrunk? Trunk { get; init; }

    /// <summary>What is made of the states.</summary>
    public SequencePooling Pooling { get; init; } = SequencePooling.Segments;

    /// <summary>The number of parts, where states are pooled by <see cref="SequencePooling.Segments"/>.</summary>
    public int Segments
    {
        get;
        init => field = value >= 1 ? value : throw new GraftException($"A sequence is cut into a number of segments from 1, not {value}.");
    } = 4;

    /// <summary>How inputs are scaled before the reservoir sees them.</summary>
    public ScalingMethod InputScaling { get; init; } = ScalingMethod.Standardize;

    /// <summary>The readout: sequences are independent, so that its penalty is chosen by leaving each out in turn.</summary>
    public RidgeRegressionOptions Readout { get; init; } = new() { Choice = PenaltyChoice.LeaveOneOut };

    /// <summary>How many threads work on a fit, the calling one included; 0 is one per processor. Results have the same bits on any number of them.</summary>
    /// <remarks>Counts for the readout as well, in place of its own number.</remarks>
    public int Threads { get; init => field = WorkerPool.Checked(value); }
}
