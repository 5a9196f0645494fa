using Graft.Reservoirs.Trunks;

namespace Graft.Reservoirs;

/// <summary>Steps one sequence through a trunk: scaling, what is missing, and feedback.</summary>
internal sealed class EchoStateRunner : IDisposable
{
    private readonly SequenceSession session;
    private readonly bool predictsInputs;
    private readonly SeriesScaling inputScaling, outputScaling;
    private readonly double[] input, scaled, output, feedback;

    public EchoStateRunner(SequenceTrunk trunk, bool predictsInputs, SeriesScaling inputScaling, SeriesScaling outputScaling, EchoState? from = null)
    {
        (this.predictsInputs, this.inputScaling, this.outputScaling) = (predictsInputs, inputScaling, outputScaling);
        scaled = new double[trunk.Inputs];
        feedback = new double[trunk.Outputs];
        session = trunk.CreateSession();
        if (from is not null) session.State = [.. from.Units];
        input = from is null ? [.. inputScaling.Offsets] : [.. from.Input];
        output = from is null ? [.. outputScaling.Offsets] : [.. from.Output];
    }

    /// <summary>Whether the trunk's noise is added: in training.</summary>
    public bool AddsNoise
    {
        init => session.AddsNoise = value;
    }

    public EchoState State => new([.. session.State], [.. input], [.. output]);

    /// <summary>The last outputs; what is written here is fed back next.</summary>
    public Span<double> Output => output;

    /// <summary>Reads a row of inputs.</summary>
    public void Step(ReadOnlySpan<double> row)
    {
        for (int i = 0; i < input.Length; i++)
        {
            if (!double.IsNaN(row[i])) input[i] = row[i];
            else if (predictsInputs && i < output.Length) input[i] = output[i];
        }

        inputScaling.Apply(input, scaled);
        if (feedback.Length > 0) outputScaling.Apply(output, feedback);
        session.Advance(scaled, feedback);
    }

    /// <summary>The features after the last step.</summary>
    public void Read(Span<double> features) => session.Read(features);

    /// <summary>The features after the last step, in float32.</summary>
    public void Read(Span<float> features) => session.Read(features);

    /// <summary>Tells the outputs at this step that are known, for feedback: those missing stay as they were.</summary>
    public void Teach(ReadOnlySpan<double> target)
    {
        for (int i = 0; i < output.Length; i++)
        {
            if (!double.IsNaN(target[i])) output[i] = target[i];
        }
    }

    public void Dispose() => session.Dispose();
}
