using Graft.Readouts;
using Graft.Reservoirs.Trunks;
using Graft.Threads;

namespace Graft.Reservoirs;

/// <summary>Options of <see cref="EchoStateNetwork.Fit(Numerics.Matrix, Numerics.Matrix, EchoStateNetworkOptions?, CancellationToken)"/>.</summary>
public sealed record EchoStateNetworkOptions
{
    /// <summary>
    /// The reservoir that is drawn, where <see cref="Trunk"/> is not given. By default its features hold the inputs too, and standardized inputs are made ten times smaller: of 0.05 to 1 that ran free best on
    /// Mackey-Glass, Lorenz and superimposed oscillators; at 1 half of the free runs leave all bounds.
    /// </summary>
    public ReservoirOptions Reservoir { get; init; } = new() { PassInputs = true, InputScaling = 0.1, LeakRate = 0.5 };

    /// <summary>A trunk to use as it is: a deep or a parallel reservoir, a nonlinear vector autoregression. Null: one reservoir.</summary>
    public SequenceTrunk? Trunk { get; init; }

    /// <summary>Whether the outputs are fed back into the reservoir that is drawn; in training, the targets take their place (teacher forcing).</summary>
    public bool OutputFeedback { get; init; }

    /// <summary>
    /// How many rows at the start of each sequence only bring the state from rest to where it belongs and are not fitted. Null: a tenth of the shortest sequence, at most 100.
    /// </summary>
    public int? Washout
    {
        get;
        init => field = value is null or >= 0 ? value : throw new GraftException($"A washout is a number of rows from 0, not {value}.");
    }

    /// <summary>How inputs are scaled before the reservoir sees them.</summary>
    public ScalingMethod InputScaling { get; init; } = ScalingMethod.Standardize;

    /// <summary>How targets are scaled for the readout and for feedback. Where an output is fed back as an input, the predictions in the targets' own units are scaled as inputs are.</summary>
    public ScalingMethod OutputScaling { get; init; } = ScalingMethod.Standardize;

    /// <summary>The readout: how the regression is solved and how its penalty is chosen.</summary>
    public RidgeRegressionOptions Readout { get; init; } = new();

    /// <summary>How many threads work on a fit, the calling one included; 0 is one per processor. Results have the same bits on any number of them.</summary>
    /// <remarks>Counts for the readout as well, in place of its own number.</remarks>
    public int Threads { get; init => field = WorkerPool.Checked(value); }
}
