namespace Graft.Reservoirs;

/// <summary>What sessions made of other sessions share: features and states of the parts lie one after another, for each sequence.</summary>
internal static class SessionParts
{
    public static void Read(SequenceSession[] parts, Span<double> features, int width)
    {
        int first = 0;
        foreach (SequenceSession part in parts)
        {
            int own = part.Trunk.Features;
            double[] values = new double[part.Sequences * own];
            part.Read(values.AsSpan());
            for (int s = 0; s < part.Sequences; s++)
                values.AsSpan(s * own, own).CopyTo(features.Slice((s * width) + first, own));
            first += own;
        }
    }

    public static void Read(SequenceSession[] parts, Span<float> features, int width)
    {
        int first = 0;
        foreach (SequenceSession part in parts)
        {
            int own = part.Trunk.Features;
            float[] values = new float[part.Sequences * own];
            part.Read(values.AsSpan());
            for (int s = 0; s < part.Sequences; s++)
                values.AsSpan(s * own, own).CopyTo(features.Slice((s * width) + first, own));
            first += own;
        }
    }

    public static void Save(SequenceSession[] parts, Span<double> state, int width)
    {
        int first = 0;
        foreach (SequenceSession part in parts)
        {
            int own = part.StateSize;
            double[] values = part.State;
            for (int s = 0; s < part.Sequences; s++)
                values.AsSpan(s * own, own).CopyTo(state.Slice((s * width) + first, own));
            first += own;
        }
    }

    public static void Restore(SequenceSession[] parts, ReadOnlySpan<double> state, int width)
    {
        int first = 0;
        foreach (SequenceSession part in parts)
        {
            int own = part.StateSize;
            double[] values = new double[part.Sequences * own];
            for (int s = 0; s < part.Sequences; s++)
                state.Slice((s * width) + first, own).CopyTo(values.AsSpan(s * own));
            part.State = values;
            first += own;
        }
    }
}
