namespace Graft.Reservoirs.Trunks;

/// <summary>Options of <see cref="NonlinearVectorAutoregression"/>.</summary>
public sealed record NonlinearVectorAutoregressionOptions
{
    /// <summary>How many values of each series are seen, k: the present one and those before.</summary>
    public int Delays { get; init => field = Positive(value, "The number of delays"); } = 2;

    /// <summary>How many steps lie between two of them, s.</summary>
    public int Stride { get; init => field = Positive(value, "The stride of delays"); } = 1;

    /// <summary>The orders of the products of values among the features, each above 1; empty for a linear autoregression.</summary>
    public IReadOnlyList<int> Orders
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (int order in value)
            {
                if (order < 2)
                    throw new GraftException($"Products of values have an order of 2 or more, not {order}. The values themselves are features in any case.");
            }

            field = [.. value.Distinct().Order()];
        }
    } = [2];

    /// <summary>Whether the first feature is always 1.</summary>
    public bool Constant { get; init; } = true;

    private static int Positive(int value, string what) => value > 0 ? value : throw new GraftException($"{what} is above zero, not {value}.");
}

/// <summary>
/// The next-generation reservoir: the features are a constant, the last values of the series, and the distinct products of these. Nothing is random and nothing recurs, so that a warm-up of
/// (k - 1) s steps is enough.
/// </summary>
/// <remarks>Source: Gauthier, Bollt, Griffith, Barbosa 2021, "Next generation reservoir computing", Nature Communications 12, equations 5 to 8.</remarks>
public sealed class NonlinearVectorAutoregression : SequenceTrunk
{
    private const int MostFeatures = 1 << 20;

    // Value i >= Linear is value parents[i - Linear] times linear value factors[i - Linear]; those of an order follow each other.
    private readonly int[] parents, factors;
    private readonly (int First, int Count)[] orders;

    /// <summary>Makes one.</summary>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="inputs">The number of series read at each step.</param>
    /// <exception cref="GraftException">There are too many products.</exception>
    public NonlinearVectorAutoregression(NonlinearVectorAutoregressionOptions? options = null, int inputs = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputs);
        (Options, Inputs) = (options ?? new(), inputs);
        long linear = (long)inputs * Options.Delays;
        int highest = Options.Orders.Count > 0 ? Options.Orders[^1] : 1;
        CheckCount(linear, highest);
        Linear = (int)linear;

        List<int> fromProduct = [], fromValue = [];
        (int First, int Count)[] ranges = new (int First, int Count)[highest + 1];
        ranges[1] = (0, Linear);
        for (int order = 2; order <= highest; order++)
        {
            int first = Linear + fromProduct.Count;
            for (int parent = ranges[order - 1].First; parent < ranges[order - 1].First + ranges[order - 1].Count; parent++)
            {
                for (int factor = parent < Linear ? parent : fromValue[parent - Linear]; factor < Linear; factor++)
                {
                    fromProduct.Add(parent);
                    fromValue.Add(factor);
                }
            }

            ranges[order] = (first, Linear + fromProduct.Count - first);
        }

        (parents, factors) = ([.. fromProduct], [.. fromValue]);
        orders = [.. Options.Orders.Select(order => ranges[order])];
        Features = (Options.Constant ? 1 : 0) + Linear + orders.Sum(order => order.Count);
    }

    /// <summary>The options that it was made with.</summary>
    public NonlinearVectorAutoregressionOptions Options { get; }

    /// <inheritdoc/>
    public override int Inputs { get; }

    /// <inheritdoc/>
    public override int Outputs => 0;

    /// <inheritdoc/>
    public override int Features { get; }

    /// <inheritdoc/>
    public override StatePrecision Precision => StatePrecision.Float64;

    /// <summary>How many steps it takes until every value that it sees is one of the series.</summary>
    public int WarmUp => (Options.Delays - 1) * Options.Stride;

    /// <summary>The number of values seen.</summary>
    private int Linear { get; }

    private protected override SequenceSession Start(int sequences, int threads) => new Session(this, sequences);

    private void CheckCount(long linear, int highest)
    {
        // Products of order p of n values: n (n + 1) ... (n + p - 1) / p!.
        double count = linear, all = linear;
        for (int order = 2; order <= highest; order++) all += count *= (double)(linear + order - 1) / order;
        if (all > MostFeatures)
        {
            throw new GraftException(
                $"{linear} values, {Options.Delays} of each of {Inputs} series, have {all:0} products up to order {highest}; the limit is {MostFeatures}. Lower the delays or the order.");
        }
    }

    private sealed class Session(NonlinearVectorAutoregression trunk, int sequences) : SequenceSession(trunk, sequences, (trunk.WarmUp + 1) * trunk.Inputs)
    {
        // [sequences, past, inputs], the present first.
        private readonly double[] past = new double[sequences * (trunk.WarmUp + 1) * trunk.Inputs];
        private readonly double[] values = new double[trunk.Linear + trunk.parents.Length];

        internal override void Advance(ReadOnlySpan<double> input, ReadOnlySpan<double> feedback)
        {
            int inputs = trunk.Inputs;
            for (int s = 0; s < Sequences; s++)
            {
                Span<double> own = past.AsSpan(s * StateSize, StateSize);
                own[..^inputs].CopyTo(own[inputs..]);
                input.Slice(s * inputs, inputs).CopyTo(own);
            }
        }

        internal override void Read(Span<double> features)
        {
            for (int s = 0; s < Sequences; s++)
            {
                Compute(s);
                Span<double> row = features.Slice(s * trunk.Features, trunk.Features);
                int place = 0;
                if (trunk.Options.Constant) row[place++] = 1;
                values.AsSpan(0, trunk.Linear).CopyTo(row[place..]);
                place += trunk.Linear;
                foreach ((int first, int count) in trunk.orders)
                {
                    values.AsSpan(first, count).CopyTo(row[place..]);
                    place += count;
                }
            }
        }

        internal override void Read(Span<float> features)
        {
            double[] wide = new double[features.Length];
            Read(wide.AsSpan());
            for (int i = 0; i < wide.Length; i++) features[i] = (float)wide[i];
        }

        private protected override void Clear() => Array.Clear(past);

        private protected override void Save(Span<double> state) => past.CopyTo(state);

        private protected override void Restore(ReadOnlySpan<double> state) => state.CopyTo(past);

        private void Compute(int sequence)
        {
            int inputs = trunk.Inputs;
            ReadOnlySpan<double> own = past.AsSpan(sequence * StateSize, StateSize);
            for (int k = 0; k < trunk.Options.Delays; k++) own.Slice(k * trunk.Options.Stride * inputs, inputs).CopyTo(values.AsSpan(k * inputs));
            for (int i = 0; i < trunk.parents.Length; i++) values[trunk.Linear + i] = values[trunk.parents[i]] * values[trunk.factors[i]];
        }
    }
}
