namespace Graft.Reservoirs;

/// <summary>The scalar reference of a reservoir's step, in float64.</summary>
internal sealed class ReservoirSession(Reservoir reservoir, int sequences) : SequenceSession(reservoir, sequences, reservoir.Units)
{
    private readonly double[] states = new double[sequences * reservoir.Units], inputs = new double[sequences * reservoir.Inputs], next = new double[reservoir.Units], rotated = new double[reservoir.Units];

    internal override void Advance(ReadOnlySpan<double> input, ReadOnlySpan<double> feedback)
    {
        input.CopyTo(inputs);
        int units = reservoir.Units;
        for (int s = 0; s < Sequences; s++)
        {
            Span<double> state = states.AsSpan(s * units, units);
            ReservoirWeights weights = reservoir.Weights;
            weights.Recurrent.Multiply(state, next);
            if (weights.Rotation is null) state.CopyTo(rotated);
            else weights.Rotation.Multiply(state, rotated);
            for (int i = 0; i < units; i++)
            {
                double sum = next[i] + weights.Bias[i];
                for (int k = 0; k < reservoir.Inputs; k++) sum += weights.Input[i, k] * input[s * reservoir.Inputs + k];
                for (int k = 0; k < reservoir.Outputs; k++) sum += weights.Feedback[i, k] * feedback[s * reservoir.Outputs + k];
                double target = reservoir.Options.Activation == UnitActivation.Tanh ? Math.Tanh(sum) : sum;
                state[i] = (1 - weights.LeakRates[i]) * rotated[i] + weights.LeakRates[i] * target;
            }
        }
    }

    internal override void Read(Span<double> features)
    {
        int units = reservoir.Units, width = reservoir.Features;
        for (int s = 0; s < Sequences; s++)
        {
            Span<double> row = features.Slice(s * width, width);
            states.AsSpan(s * units, units).CopyTo(row);
            if (reservoir.Options.SquareHalf)
            {
                for (int i = 1; i < units; i += 2) row[i] *= row[i];
            }

            if (reservoir.Options.PassInputs) inputs.AsSpan(s * reservoir.Inputs, reservoir.Inputs).CopyTo(row[units..]);
        }
    }

    internal override void Read(Span<float> features)
    {
        double[] wide = new double[features.Length];
        Read(wide.AsSpan());
        for (int i = 0; i < wide.Length; i++) features[i] = (float)wide[i];
    }

    private protected override void Clear() => Array.Clear(states);

    private protected override void Save(Span<double> state) => states.CopyTo(state);

    private protected override void Restore(ReadOnlySpan<double> state) => state.CopyTo(states);
}
