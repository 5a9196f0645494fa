namespace Graft.Reservoirs.Trunks;

/// <summary>A session made of other sessions: features and states of the parts lie one after another, for each sequence.</summary>
internal abstract class CompositeSession : SequenceSession
{
    private protected CompositeSession(SequenceTrunk trunk, int sequences, SequenceSession[] parts)
        : base(trunk, sequences, parts.Sum(part => part.StateSize)) => Parts = parts;

    /// <summary>The parts, of as many sequences each.</summary>
    private protected SequenceSession[] Parts { get; }

    internal override void Read(Span<double> features) => Gather(features, Trunk.Features, part =>
    {
        double[] values = new double[part.Sequences * part.Trunk.Features];
        part.Read(values.AsSpan());
        return values;
    });

    internal override void Read(Span<float> features) => Gather(features, Trunk.Features, part =>
    {
        float[] values = new float[part.Sequences * part.Trunk.Features];
        part.Read(values.AsSpan());
        return values;
    });

    protected override void Dispose(bool disposing)
    {
        foreach (SequenceSession part in Parts) part.Dispose();
    }

    private protected override void Clear()
    {
        foreach (SequenceSession part in Parts) part.Reset();
    }

    private protected override void Save(Span<double> state) => Gather(state, StateSize, part => part.State);

    private protected override void Restore(ReadOnlySpan<double> state)
    {
        int first = 0;
        foreach (SequenceSession part in Parts)
        {
            int own = part.StateSize;
            double[] values = new double[Sequences * own];
            for (int s = 0; s < Sequences; s++) state.Slice((s * StateSize) + first, own).CopyTo(values.AsSpan(s * own));
            part.State = values;
            first += own;
        }
    }

    private void Gather<T>(Span<T> all, int width, Func<SequenceSession, T[]> read)
    {
        int first = 0;
        foreach (SequenceSession part in Parts)
        {
            T[] values = read(part);
            int own = values.Length / Sequences;
            for (int s = 0; s < Sequences; s++) values.AsSpan(s * own, own).CopyTo(all.Slice((s * width) + first, own));
            first += own;
        }
    }
}
