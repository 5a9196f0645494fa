using System.Numerics;
using Graft.Kernels.Reservoirs;
using Graft.Threads;

namespace Graft.Reservoirs.Trunks;

/// <summary>Sequences in a reservoir. They lie in shards: a sequence alone, or as many as two hardware vectors have lanes.</summary>
internal sealed unsafe class ReservoirSession<T> : SequenceSession
    where T : unmanaged
{
    // Fewer multiply-adds are not worth another thread.
    private const long LeastWork = 1 << 17;

    private static readonly Chunk StepChunk = static (state, chunk, _) => ((ReservoirSession<T>)state).StepPart(chunk);

    private readonly Reservoir reservoir;
    private readonly ReservoirPlan plan;
    private readonly ReservoirShard<T>[] shards;
    private readonly WorkerPool? pool;
    private readonly double[] inputs;
    private readonly int blocks, groupsOfBlock;

    public ReservoirSession(Reservoir reservoir, int sequences, int threads)
        : base(reservoir, sequences, reservoir.Units)
    {
        (this.reservoir, plan) = (reservoir, reservoir.Plan);
        shards = ReservoirShard<T>.Split(plan, sequences);
        inputs = new double[sequences * plan.Inputs];
        int groups = plan.Padded / PackedWeights<T>.Group;
        long work = (plan.Matrix.Count + (plan.Rotation?.Count ?? 0)) * (long)shards[0].Lanes;
        blocks = (int)Math.Clamp(work / LeastWork, 1, groups);
        groupsOfBlock = (groups + blocks - 1) / blocks;
        blocks = (groups + groupsOfBlock - 1) / groupsOfBlock;
        if (threads != 1) pool = WorkerPool.Shared(threads);
    }

    internal override void Advance(ReadOnlySpan<double> input, ReadOnlySpan<double> feedback)
    {
        input.CopyTo(inputs);
        foreach (ReservoirShard<T> shard in shards)
        {
            for (int lane = 0; lane < shard.Sequences; lane++)
            {
                int sequence = shard.First + lane;
                shard.Set(plan.Padded, lane, input.Slice(sequence * plan.Inputs, plan.Inputs));
                ReadOnlySpan<double> fed = feedback.Slice(sequence * plan.Outputs, plan.Outputs);
                shard.Set(plan.Padded + plan.Inputs, lane, fed);
            }
        }

        if (AddsNoise) AddNoise();
        if (pool is null)
        {
            for (int chunk = 0; chunk < shards.Length * blocks; chunk++) StepPart(chunk);
        }
        else
        {
            pool.Run(shards.Length * blocks, StepChunk, this);
        }

        foreach (ReservoirShard<T> shard in shards) shard.Swap();
    }

    internal override void Read(Span<double> features) => ReadAs(features);

    internal override void Read(Span<float> features) => ReadAs(features);

    private protected override void Clear()
    {
        foreach (ReservoirShard<T> shard in shards) shard.Clear();
    }

    private protected override void Save(Span<double> state)
    {
        foreach (ReservoirShard<T> shard in shards) shard.Get(state, plan.Units);
    }

    private protected override void Restore(ReadOnlySpan<double> state)
    {
        foreach (ReservoirShard<T> shard in shards)
        {
            for (int lane = 0; lane < shard.Sequences; lane++) shard.Set(0, lane, state.Slice((shard.First + lane) * plan.Units, plan.Units));
        }
    }

    private void ReadAs<TTo>(Span<TTo> features)
        where TTo : unmanaged, INumberBase<TTo>
    {
        int units = plan.Units, width = Trunk.Features;
        foreach (ReservoirShard<T> shard in shards) shard.Get(features, width);
        for (int s = 0; s < Sequences && (reservoir.Options.SquareHalf || reservoir.Options.PassInputs); s++)
        {
            Span<TTo> row = features.Slice(s * width, width);
            for (int i = 1; reservoir.Options.SquareHalf && i < units; i += 2) row[i] *= row[i];
            for (int k = 0; reservoir.Options.PassInputs && k < plan.Inputs; k++) row[units + k] = TTo.CreateTruncating(inputs[(s * plan.Inputs) + k]);
        }
    }

    private void StepPart(int chunk)
    {
        int block = chunk % blocks, groups = plan.Padded / PackedWeights<T>.Group, first = block * groupsOfBlock;
        shards[chunk / blocks].Step(first, Math.Min(first + groupsOfBlock, groups), AddsNoise && reservoir.Options.StateNoise > 0, reservoir.Options.Activation == UnitActivation.Identity);
    }

    private void AddNoise()
    {
        (double states, double fed) = (reservoir.Options.StateNoise, reservoir.Options.FeedbackNoise);
        foreach (ReservoirShard<T> shard in shards)
        {
            for (int lane = 0; lane < shard.Sequences; lane++)
            {
                ulong part = ((ulong)Time << 24) ^ (ulong)(shard.First + lane);
                if (states > 0)
                    shard.SetNoise(lane, plan.Units, states, WeightDrawing.Random(reservoir.Options.Seed, WeightDrawing.Stream.StateNoise, part));
                if (fed > 0)
                    shard.Disturb(plan.Padded + plan.Inputs, plan.Outputs, lane, fed, WeightDrawing.Random(reservoir.Options.Seed, WeightDrawing.Stream.FeedbackNoise, part));
            }
        }
    }
}
