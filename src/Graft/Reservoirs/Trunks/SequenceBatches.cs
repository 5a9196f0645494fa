using Graft.Numerics;
using Graft.Threads;

namespace Graft.Reservoirs.Trunks;

/// <summary>Sequences of various lengths, run side by side in batches of about the same length.</summary>
internal sealed class SequenceBatches
{
    // Two hardware vectors of float32.
    private const int Batch = 32;

    private readonly SequenceTrunk trunk;
    private readonly IReadOnlyList<Matrix> inputs;
    private readonly IReadOnlyList<Matrix>? teachers;
    private readonly int washout;
    private readonly bool noise;
    private readonly Matrix[] features;

    public SequenceBatches(SequenceTrunk trunk, IReadOnlyList<Matrix> inputs, IReadOnlyList<Matrix>? teachers, int washout, bool noise)
    {
        (this.trunk, this.inputs, this.teachers, this.washout, this.noise) = (trunk, inputs, teachers, washout, noise);
        using SequenceSession session = trunk.CreateSession();
        for (int i = 0; i < inputs.Count; i++) session.CheckRun(inputs[i], teachers?[i], washout);
        features = [.. inputs.Select(matrix => new Matrix(matrix.Rows - washout, trunk.Features))];
    }

    public Matrix[] Run(int threads, CancellationToken cancellation)
    {
        int[][] batches = [.. Enumerable.Range(0, inputs.Count).OrderByDescending(i => inputs[i].Rows).Chunk(Batch)];
        WorkerPool.Shared(threads).Run(batches.Length, batch => Run(batches[batch], cancellation));
        return features;
    }

    private void Run(int[] batch, CancellationToken cancellation)
    {
        int steps = inputs[batch[0]].Rows, width = trunk.Features;
        using SequenceSession session = trunk.CreateSession(batch.Length);
        session.AddsNoise = noise;
        double[] input = new double[batch.Length * trunk.Inputs], fed = new double[batch.Length * trunk.Outputs], rows = new double[batch.Length * width];
        for (int t = 0; t < steps; t++)
        {
            cancellation.ThrowIfCancellationRequested();

            // A sequence that has ended steps along unread, on its last input.
            for (int s = 0; s < batch.Length && t < inputs[batch[s]].Rows; s++)
            {
                inputs[batch[s]].Row(t).CopyTo(input.AsSpan(s * trunk.Inputs));
                if (t > 0 && teachers is not null) teachers[batch[s]].Row(t - 1).CopyTo(fed.AsSpan(s * trunk.Outputs));
            }

            session.Move(input, fed);
            if (t < washout) continue;
            session.Read(rows.AsSpan());
            for (int s = 0; s < batch.Length && t < inputs[batch[s]].Rows; s++)
                rows.AsSpan(s * width, width).CopyTo(features[batch[s]].Row(t - washout));
        }
    }
}
