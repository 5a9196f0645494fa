using Graft.Numerics;

namespace Graft.Reservoirs;

/// <summary>Steps one sequence through a trunk: scaling, what is missing, feedback, and the features that a readout sees.</summary>
internal sealed class NetworkRunner : IDisposable
{
    private readonly SequenceTrunk trunk;
    private readonly SequenceSession session;
    private readonly StateFeatures states;
    private readonly bool includeInputs, predictsInputs;
    private readonly SeriesScaling inputScaling, outputScaling;
    private readonly double[] input, scaled, output, feedback;

    public NetworkRunner(SequenceTrunk trunk, StateFeatures states, bool includeInputs, bool predictsInputs, SeriesScaling inputScaling, SeriesScaling outputScaling, NetworkState? from = null)
    {
        (this.trunk, this.states, this.includeInputs, this.predictsInputs) = (trunk, states, includeInputs, predictsInputs);
        (this.inputScaling, this.outputScaling) = (inputScaling, outputScaling);
        scaled = new double[trunk.Inputs];
        feedback = new double[trunk.Outputs];
        session = trunk.CreateSession();
        if (from is not null)
            session.State = [.. from.Units];
        input = from is null ? [.. inputScaling.Offsets] : [.. from.Input];
        output = from is null ? [.. outputScaling.Offsets] : [.. from.Output];
    }

    /// <summary>The number of features.</summary>
    public int Width => FeatureCount(trunk, states, includeInputs);

    public NetworkState State => new([.. session.State], [.. input], [.. output]);

    /// <summary>The last outputs; what is written here is fed back next.</summary>
    public Span<double> Output => output;

    public static int FeatureCount(SequenceTrunk trunk, StateFeatures states, bool includeInputs) =>
        trunk.Features * (states == StateFeatures.Squared ? 2 : 1) + (includeInputs ? trunk.Inputs : 0);

    /// <summary>Reads a row of inputs and writes the features.</summary>
    public void Step(ReadOnlySpan<double> row, Span<double> features)
    {
        for (int i = 0; i < input.Length; i++)
        {
            if (!double.IsNaN(row[i]))
                input[i] = row[i];
            else if (predictsInputs && i < output.Length)
                input[i] = output[i];
        }

        inputScaling.Apply(input, scaled);
        if (feedback.Length > 0)
            outputScaling.Apply(output, feedback);
        Span<double> units = features[..trunk.Features];
        session.Step(scaled, feedback, units);
        if (states == StateFeatures.HalfSquared)
        {
            for (int i = 1; i < units.Length; i += 2)
                units[i] *= units[i];
        }
        else if (states == StateFeatures.Squared)
        {
            for (int i = 0; i < units.Length; i++)
                features[units.Length + i] = units[i] * units[i];
        }

        if (includeInputs)
            scaled.CopyTo(features[^scaled.Length..]);
    }

    /// <summary>Tells the outputs at this step that are known, for feedback: those missing stay as they were.</summary>
    public void Teach(ReadOnlySpan<double> target)
    {
        for (int i = 0; i < output.Length; i++)
        {
            if (!double.IsNaN(target[i]))
                output[i] = target[i];
        }
    }

    public void Dispose() => session.Dispose();
}
