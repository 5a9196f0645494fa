using Graft.Kernels.Reservoirs;
using Graft.Memory;
using Graft.Numerics;
using Graft.Simd;

namespace Graft.Reservoirs.Trunks;

/// <summary>Sequences that lie side by side in the lanes of vectors, or one alone.</summary>
internal sealed unsafe class ReservoirShard<T>
    where T : unmanaged
{
    private readonly ReservoirPlan plan;
    private readonly HugeMemory memory;
    private readonly T* noise, rotated, rates;

    // [plan.Width, lanes]: what units sum up, of this step and of the next.
    private T* now, next;

    private ReservoirShard(ReservoirPlan plan, int first, int sequences, int lanes)
    {
        (this.plan, First, Sequences, Lanes) = (plan, first, sequences, lanes);
        nuint width = RoundUp((nuint)plan.Width * (nuint)lanes), states = RoundUp((nuint)plan.Padded * (nuint)lanes);
        memory = new HugeMemory(((2 * width) + (2 * states) + (nuint)plan.Padded) * (nuint)sizeof(T));
        now = (T*)memory.Pointer;
        next = now + width;
        noise = next + width;
        rotated = noise + states;
        rates = rotated + states;
        for (int i = 0; i < plan.Padded; i++) rates[i] = From(plan.Rates[i]);
        Clear();

        if (lanes > 1) _ = plan.Pack<T>();
    }

    /// <summary>The first sequence.</summary>
    public int First { get; }

    /// <summary>How many sequences there are.</summary>
    public int Sequences { get; }

    /// <summary>How many there is room for.</summary>
    public int Lanes { get; }

    /// <summary>Spreads sequences over shards: a few left over go alone where that is less work than a shard with empty lanes.</summary>
    public static ReservoirShard<T>[] Split(ReservoirPlan plan, int sequences)
    {
        int most = WeightProductLanes.Most<T>(), first = 0;
        List<ReservoirShard<T>> shards = new();
        for (; first < sequences; first += shards[^1].Sequences)
        {
            int left = sequences - first;
            if (left > most / 2) shards.Add(new ReservoirShard<T>(plan, first, Math.Min(left, most), most));
            else if (left > most / 4) shards.Add(new ReservoirShard<T>(plan, first, left, most / 2));
            else shards.Add(new ReservoirShard<T>(plan, first, 1, 1));
        }

        return [.. shards];
    }

    /// <summary>Sets what a sequence's units sum up, from a place on.</summary>
    public void Set(int place, int lane, ReadOnlySpan<double> values)
    {
        T* target = now + ((nint)place * Lanes) + lane;
        for (int i = 0; i < values.Length; i++) target[(nint)i * Lanes] = From(values[i]);
    }

    /// <summary>Reads the states of all sequences into rows.</summary>
    /// <param name="rows">[sequences of the session, width].</param>
    /// <param name="width">The length of a row, of which states are the start.</param>
    public void Get<TTo>(Span<TTo> rows, int width)
        where TTo : unmanaged
    {
        fixed (TTo* target = rows)
            StateCopy.Run(now, Lanes, Sequences, plan.Units, target + ((nint)First * width), width);
    }

    /// <summary>Draws the noise of a sequence's next step.</summary>
    public void SetNoise(int lane, int units, double deviation, Philox random)
    {
        for (int i = 0; i < units; i++) noise[((nint)i * Lanes) + lane] = From(deviation * random.Normal((ulong)i));
    }

    /// <summary>Adds noise to what a sequence's units sum up.</summary>
    public void Disturb(int place, int count, int lane, double deviation, Philox random)
    {
        for (int i = 0; i < count; i++)
        {
            T* value = now + ((nint)(place + i) * Lanes) + lane;
            double clean = typeof(T) == typeof(float) ? (float)(object)*value : (double)(object)*value;
            *value = From(clean + (deviation * random.Normal((ulong)i)));
        }
    }

    /// <summary>Computes the next states of some groups of units.</summary>
    public void Step(int first, int end, bool withNoise, bool isLinear)
    {
        const int Group = PackedWeights<T>.Group;
        nint place = (nint)first * Group * Lanes;
        T* start = withNoise ? noise : null;
        T* retained = now;
        if (Lanes > 1)
        {
            WeightProductLanes.Run(plan.Pack<T>(), first, end, Lanes, now, start, next);
            if (plan.Rotation is not null) WeightProductLanes.Run(plan.PackRotation<T>(), first, end, Lanes, now, null, retained = rotated);
        }
        else if (typeof(T) == typeof(float))
        {
            retained = Alone<float>(first, end, start);
        }
        else
        {
            retained = plan.AreHalves ? Alone<UpperHalf>(first, end, start) : plan.IsSingle ? Alone<float>(first, end, start) : Alone<double>(first, end, start);
        }

        UnitKernel.Run((end - first) * Group, Lanes, next + place, retained + place, rates + (first * Group), isLinear);
    }

    /// <summary>The sums of one sequence; gives what its units retain.</summary>
    private T* Alone<TWeight>(int first, int end, T* start)
        where TWeight : unmanaged
    {
        WeightProduct.Run(plan.Pack<TWeight>(), first, end, now, start, next);
        if (plan.Rotation is null) return now;
        WeightProduct.Run(plan.PackRotation<TWeight>(), first, end, now, null, rotated);
        return rotated;
    }

    /// <summary>Makes the next states the present ones.</summary>
    public void Swap()
    {
        T* past = now;
        now = next;
        next = past;
    }

    /// <summary>Puts all sequences to rest.</summary>
    public void Clear()
    {
        new Span<T>(now, plan.Width * Lanes).Clear();
        new Span<T>(next, plan.Width * Lanes).Clear();
        for (nint i = (nint)(plan.Width - 1) * Lanes; i < (nint)plan.Width * Lanes; i++) now[i] = next[i] = From(1);
    }

    private static nuint RoundUp(nuint count) => (count + 15) / 16 * 16;

    private static T From(double value) => typeof(T) == typeof(float) ? (T)(object)(float)value : (T)(object)value;
}
