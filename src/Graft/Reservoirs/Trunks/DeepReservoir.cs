namespace Graft.Reservoirs.Trunks;

/// <summary>
/// Reservoirs on top of each other: the first reads the inputs, each other one the states of the one below, and all fed-back outputs. The features are those of all layers.
/// </summary>
/// <remarks>Source: Gallicchio, Micheli, Pedrelli 2017, "Deep reservoir computing: a critical experimental analysis", Neurocomputing 268.</remarks>
public sealed class DeepReservoir : SequenceTrunk
{
    /// <summary>Stacks reservoirs.</summary>
    /// <param name="layers">From the bottom up. A layer above the first reads as many series as the one below has units, and perhaps the inputs too, behind them.</param>
    /// <exception cref="GraftException">There is no layer, or a layer does not fit the one below.</exception>
    public DeepReservoir(IReadOnlyList<Reservoir> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Count == 0) throw new GraftException("A deep reservoir has at least one layer; none was given.");
        Layers = [.. layers];
        for (int i = 1; i < Layers.Count; i++)
        {
            int below = Layers[i - 1].Units;
            if (Layers[i].Inputs != below && Layers[i].Inputs != below + Inputs)
            {
                throw new GraftException(
                    $"Layer {i} of a deep reservoir reads the {below} units of the layer below, or these and the {Inputs} inputs; this one reads {Layers[i].Inputs}. Create it with {below} or {below + Inputs} inputs.");
            }

            if (Layers[i].Outputs != Outputs)
                throw new GraftException($"All layers of a deep reservoir are fed the same outputs: layer 0 reads {Outputs}, layer {i} {Layers[i].Outputs}.");
        }
    }

    /// <summary>The layers, from the bottom up.</summary>
    public IReadOnlyList<Reservoir> Layers { get; }

    /// <inheritdoc/>
    public override int Inputs => Layers[0].Inputs;

    /// <inheritdoc/>
    public override int Outputs => Layers[0].Outputs;

    /// <inheritdoc/>
    public override int Features => Layers.Sum(layer => layer.Features);

    /// <inheritdoc/>
    public override StatePrecision Precision => Layers.Max(layer => layer.Precision);

    /// <summary>Draws a stack. Layers draw independent weights even under the same seed.</summary>
    /// <param name="layers">Options of each layer, from the bottom up.</param>
    /// <param name="inputs">The number of series read at each step.</param>
    /// <param name="outputs">The number of outputs fed back; 0 for none.</param>
    /// <param name="inputsToAll">Whether layers above the first read the inputs too.</param>
    /// <param name="threads">How many threads draw; 0 is one per processor. The weights do not depend on it.</param>
    /// <exception cref="GraftException">There is no layer, or options do not fit each other.</exception>
    public static DeepReservoir Create(IReadOnlyList<ReservoirOptions> layers, int inputs = 1, int outputs = 0, bool inputsToAll = false, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(layers);
        List<Reservoir> made = new();
        foreach (ReservoirOptions options in layers)
        {
            int read = made.Count == 0 ? inputs : made[^1].Units + (inputsToAll ? inputs : 0);
            made.Add(Reservoir.Create(WeightDrawing.Part(options, made.Count), read, outputs, threads));
        }

        return new DeepReservoir(made);
    }

    private protected override SequenceSession Start(int sequences, int threads) => new Session(this, sequences, threads);

    private sealed class Session : CompositeSession
    {
        private readonly double[][] below;

        public Session(DeepReservoir trunk, int sequences, int threads)
            : base(trunk, sequences, [.. trunk.Layers.Select(layer => layer.CreateSession(sequences, threads))]) =>
            below = [.. trunk.Layers.Select(layer => new double[sequences * layer.Inputs])];

        internal override void Advance(ReadOnlySpan<double> input, ReadOnlySpan<double> feedback)
        {
            input.CopyTo(below[0]);
            for (int i = 0; i < Parts.Length; i++)
            {
                if (i > 0) ReadBelow(i, input);
                Parts[i].AddsNoise = AddsNoise;
                Parts[i].Move(below[i], feedback);
            }
        }

        private void ReadBelow(int layer, ReadOnlySpan<double> input)
        {
            int units = Parts[layer - 1].StateSize, read = Parts[layer].Trunk.Inputs, inputs = Trunk.Inputs;
            double[] states = Parts[layer - 1].State;
            for (int s = 0; s < Sequences; s++)
            {
                Span<double> target = below[layer].AsSpan(s * read, read);
                states.AsSpan(s * units, units).CopyTo(target);
                if (read > units) input.Slice(s * inputs, inputs).CopyTo(target[units..]);
            }
        }
    }
}
