namespace Graft.Reservoirs.Trunks;

/// <summary>
/// Trunks side by side, each over all inputs or over a part of them. The features are those of all. Many series that act on their neighbours only want a reservoir for each
/// neighbourhood (Pathak et al. 2018, Phys. Rev. Lett. 120, 024102).
/// </summary>
public sealed class ParallelReservoir : SequenceTrunk
{
    private readonly int[][] inputsOf;

    /// <summary>Puts trunks side by side.</summary>
    /// <param name="parts">The trunks. Those with feedback are all fed the same outputs.</param>
    /// <param name="inputs">The number of series read at each step.</param>
    /// <param name="inputsOf">The places of the inputs that each trunk reads; null where all read all.</param>
    /// <exception cref="GraftException">There is no trunk, or what a trunk reads does not fit it.</exception>
    public ParallelReservoir(IReadOnlyList<SequenceTrunk> parts, int inputs, IReadOnlyList<IReadOnlyList<int>>? inputsOf = null)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentOutOfRangeException.ThrowIfNegative(inputs);
        if (parts.Count == 0) throw new GraftException("A parallel reservoir has at least one part; none was given.");
        if (inputsOf is not null && inputsOf.Count != parts.Count)
            throw new GraftException($"A parallel reservoir of {parts.Count} parts names the inputs of each; {inputsOf.Count} lists were given.");
        (Parts, Inputs) = ([.. parts], inputs);
        this.inputsOf = [.. Enumerable.Range(0, parts.Count).Select(i => inputsOf is null ? [.. Enumerable.Range(0, inputs)] : inputsOf[i].ToArray())];
        Outputs = Parts.Max(part => part.Outputs);
        for (int i = 0; i < Parts.Count; i++)
        {
            foreach (int place in this.inputsOf[i])
            {
                if (place < 0 || place >= inputs)
                    throw new GraftException($"Part {i} of a parallel reservoir reads input {place}; there are inputs 0 to {inputs - 1}.");
            }

            if (this.inputsOf[i].Length != Parts[i].Inputs)
                throw new GraftException($"Part {i} of a parallel reservoir reads {Parts[i].Inputs} series; {this.inputsOf[i].Length} inputs are given to it.");
            if (Parts[i].Outputs != 0 && Parts[i].Outputs != Outputs)
                throw new GraftException($"All parts of a parallel reservoir that have feedback are fed the same {Outputs} outputs; part {i} reads {Parts[i].Outputs}.");
        }
    }

    /// <summary>The trunks.</summary>
    public IReadOnlyList<SequenceTrunk> Parts { get; }

    /// <summary>The places of the inputs that each trunk reads.</summary>
    public IReadOnlyList<IReadOnlyList<int>> InputsOf => inputsOf;

    /// <inheritdoc/>
    public override int Inputs { get; }

    /// <inheritdoc/>
    public override int Outputs { get; }

    /// <inheritdoc/>
    public override int Features => Parts.Sum(part => part.Features);

    /// <inheritdoc/>
    public override StatePrecision Precision => Parts.Max(part => part.Precision);

    /// <summary>Draws a reservoir for each list of inputs. They draw independent weights even under the same seed.</summary>
    /// <param name="options">Options of each.</param>
    /// <param name="inputs">The number of series read at each step.</param>
    /// <param name="inputsOf">The places of the inputs that each reservoir reads.</param>
    /// <param name="outputs">The number of outputs fed back to all; 0 for none.</param>
    /// <param name="threads">How many threads draw; 0 is one per processor. The weights do not depend on it.</param>
    /// <exception cref="GraftException">There is no list, or one names an input that does not exist.</exception>
    public static ParallelReservoir Create(ReservoirOptions options, int inputs, IReadOnlyList<IReadOnlyList<int>> inputsOf, int outputs = 0, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(inputsOf);
        return new ParallelReservoir([.. inputsOf.Select((list, i) => Reservoir.Create(WeightDrawing.Part(options, i), list.Count, outputs, threads))], inputs, inputsOf);
    }

    private protected override SequenceSession Start(int sequences, int threads) => new Session(this, sequences, threads);

    private sealed class Session : CompositeSession
    {
        private readonly ParallelReservoir trunk;
        private readonly double[][] read;

        public Session(ParallelReservoir trunk, int sequences, int threads)
            : base(trunk, sequences, [.. trunk.Parts.Select(part => part.CreateSession(sequences, threads))]) =>
            (this.trunk, read) = (trunk, [.. trunk.Parts.Select(part => new double[sequences * part.Inputs])]);

        internal override void Advance(ReadOnlySpan<double> input, ReadOnlySpan<double> feedback)
        {
            for (int i = 0; i < Parts.Length; i++)
            {
                int[] places = trunk.inputsOf[i];
                for (int s = 0; s < Sequences; s++)
                {
                    for (int k = 0; k < places.Length; k++) read[i][(s * places.Length) + k] = input[(s * trunk.Inputs) + places[k]];
                }

                Parts[i].AddsNoise = AddsNoise;
                Parts[i].Move(read[i], Parts[i].Trunk.Outputs > 0 ? feedback : []);
            }
        }
    }
}
