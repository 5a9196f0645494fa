using Graft.Numerics;

namespace Graft.Reservoirs.Trunks;

/// <summary>Options of <see cref="IntrinsicPlasticity"/>.</summary>
public sealed record IntrinsicPlasticityOptions
{
    /// <summary>The mean wanted of a unit's values, in (-1, 1).</summary>
    public double Mean
    {
        get;
        init => field = value is > -1 and < 1 ? value : throw new GraftException($"The mean of a tanh unit's values lies between -1 and 1, not at {value}.");
    }

    /// <summary>The standard deviation wanted of a unit's values, in (0, 1).</summary>
    public double Deviation
    {
        get;
        init => field = value is > 0 and < 1 ? value : throw new GraftException($"The standard deviation of a tanh unit's values lies between 0 and 1, not at {value}.");
    } = 0.2;

    /// <summary>How far gains and biases move in a step.</summary>
    public double LearningRate
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new GraftException($"A learning rate is a finite number above zero, not {value}.");
    } = 5e-4;

    /// <summary>How many times the series is gone through.</summary>
    public int Epochs
    {
        get;
        init => field = value > 0 ? value : throw new GraftException($"The number of epochs is above zero, not {value}.");
    } = 5;
}

/// <summary>
/// Intrinsic plasticity: each unit gets a gain and a bias of its own with which its values come close to a normal distribution over a given series. A function from reservoir to
/// reservoir: gains and biases end up in the weights.
/// </summary>
/// <remarks>Source: Schrauwen, Wardermann, Verstraeten, Steil, Stroobandt 2008, "Improving reservoirs using intrinsic plasticity", Neurocomputing 71, equations 7 and 8.</remarks>
public static class IntrinsicPlasticity
{
    /// <summary>Adapts a reservoir to a series.</summary>
    /// <param name="reservoir">A reservoir of tanh units.</param>
    /// <param name="inputs">[time, inputs].</param>
    /// <param name="teacher">[time, outputs]: step t is fed row t - 1. Null only for a reservoir without feedback.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="progress">Told the steps done of all epochs, after each epoch.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="GraftException">The units are linear, the sizes do not fit, or a gain left the finite numbers.</exception>
    public static Reservoir Adapt(
        Reservoir reservoir, Matrix inputs, Matrix? teacher = null, IntrinsicPlasticityOptions? options = null, IProgress<Completion>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(reservoir);
        ArgumentNullException.ThrowIfNull(inputs);
        if (reservoir.Options.Activation != UnitActivation.Tanh)
            throw new GraftException("Intrinsic plasticity is defined for tanh units; these are linear. Leave it out, or choose the activation Tanh.");
        options ??= new();

        // Checks the sizes and values as a run does.
        using (SequenceSession session = reservoir.CreateSession())
            session.CheckRun(inputs, teacher, 0);

        Units state = new(reservoir, options);
        for (int epoch = 0; epoch < options.Epochs; epoch++)
        {
            state.Rest();
            for (int t = 0; t < inputs.Rows; t++)
            {
                cancellation.ThrowIfCancellationRequested();
                state.Step(inputs.Row(t), t == 0 || teacher is null ? default : teacher.Row(t - 1));
            }

            progress?.Report(new Completion((long)(epoch + 1) * inputs.Rows, (long)options.Epochs * inputs.Rows));
        }

        return Reservoir.FromWeights(Fold(reservoir, state.Gains, state.Shifts), reservoir.Options);
    }

    /// <summary>tanh(g (W x + Win u + Wfb y + b) + h) as weights without g and h.</summary>
    internal static ReservoirWeights Fold(Reservoir reservoir, double[] gains, double[] shifts)
    {
        ReservoirWeights weights = reservoir.Weights;
        bool areHalves = reservoir.Plan.AreHalves;
        double[] recurrent = weights.Recurrent.Values.ToArray();
        for (int i = 0; i < weights.Units; i++)
        {
            for (int k = weights.Recurrent.RowStarts[i]; k < weights.Recurrent.RowStarts[i + 1]; k++) recurrent[k] = Round(gains[i] * recurrent[k]);
        }

        return weights with
        {
            Recurrent = weights.Recurrent.With(recurrent),
            Input = Scaled(weights.Input),
            Feedback = Scaled(weights.Feedback),
            Bias = [.. weights.Bias.Select((bias, i) => Round((gains[i] * bias) + shifts[i]))],
        };

        // Weights of few bits stay so: the update reads half the memory.
        double Round(double value) => areHalves ? WeightDrawing.Round(value) : value;

        Matrix Scaled(Matrix matrix)
        {
            Matrix scaled = matrix.Copy();
            for (int i = 0; i < scaled.Rows; i++)
            {
                foreach (ref double value in scaled.Row(i)) value = Round(gains[i] * value);
            }

            return scaled;
        }
    }

    /// <summary>The units while they adapt.</summary>
    private sealed class Units
    {
        private readonly ReservoirPlan plan;
        private readonly IntrinsicPlasticityOptions options;

        // What units sum up: states, filled up; inputs; feedback; 1.
        private readonly double[] read, sums, rotated;

        public Units(Reservoir reservoir, IntrinsicPlasticityOptions options)
        {
            (plan, this.options) = (reservoir.Plan, options);
            (read, sums, rotated) = (new double[plan.Width], new double[plan.Units], new double[plan.Units]);
            (Gains, Shifts) = (new double[plan.Units], new double[plan.Units]);
            Array.Fill(Gains, 1);
        }

        public double[] Gains { get; }

        public double[] Shifts { get; }

        public void Rest()
        {
            Array.Clear(read);
            read[^1] = 1;
        }

        public void Step(ReadOnlySpan<double> input, ReadOnlySpan<double> feedback)
        {
            input.CopyTo(read.AsSpan(plan.Padded));
            feedback.CopyTo(read.AsSpan(plan.Padded + plan.Inputs));
            plan.Matrix.Multiply(read, sums);
            Span<double> states = read.AsSpan(0, plan.Units);
            if (plan.Rotation is null) states.CopyTo(rotated);
            else plan.Rotation.Multiply(states, rotated);
            double mean = options.Mean, variance = options.Deviation * options.Deviation, rate = options.LearningRate;
            for (int i = 0; i < states.Length; i++)
            {
                double y = Math.Tanh((Gains[i] * sums[i]) + Shifts[i]);
                double step = -rate * ((-mean / variance) + (y / variance * ((2 * variance) + 1 - (y * y) + (mean * y))));
                Shifts[i] += step;
                Gains[i] += (rate / Gains[i]) + (step * sums[i]);
                if (!double.IsFinite(Gains[i]) || Gains[i] == 0)
                    throw new GraftException($"The gain of unit {i} became {Gains[i]} under intrinsic plasticity. Lower LearningRate, now {rate}.");
                states[i] = ((1 - plan.Rates[i]) * rotated[i]) + (plan.Rates[i] * y);
            }
        }
    }
}
