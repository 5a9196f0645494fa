using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Graft.Kernels;
using Graft.Kernels.Normalization;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Plans;
using Graft.Tensors;
using Graft.Threads;
using Graft.Training;

namespace Graft.Bench;

/// <summary>
/// Normalizations alone, forward and backward as a training runs them, beside plain copies in turn: the part of the copy's bandwidth over the five tensors that must move (x and y, then dy, x and dx).
/// </summary>
internal static unsafe class NormTimes
{
    private static readonly Dictionary<string, Func<int, Operation>> Norms = new()
    {
        ["instance"] = _ => new InstanceNorm(),
        ["group"] = channels => new GroupNorm(channels % 32 == 0 ? 32 : channels / 4),
        ["layer"] = _ => new LayerNorm(),
        ["picture"] = _ => new LayerNorm { Axes = LayerNormAxes.Image },
        ["rms"] = _ => new RmsNorm(),
        ["local"] = _ => new LocalResponseNorm(5),
        ["response"] = _ => new FilterResponseNorm(),
        ["instance-batch"] = _ => new IbnNorm(),
        ["switchable"] = _ => new SwitchableNorm(),
    };

    // The compiler takes its second look at a method only after a while.
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(0.7);

    public static int Run(Arguments arguments)
    {
        int batch = arguments.Number("batch", 32), size = arguments.Number("size", 56), channels = arguments.Number("channels", 96), rounds = arguments.Number("rounds", 30);
        WorkerPool pool = WorkerPool.Shared(arguments.Number("threads", 2));
        string only = arguments.Text("norm", "");
        foreach ((string name, Func<int, Operation> make) in Norms.Where(norm => only.Length == 0 || norm.Key == only))
        {
            using NormRun run = new(make(channels), batch, size, channels, pool);
            Stopwatch warmup = Stopwatch.StartNew();
            List<double> copies = [], forwards = [], backwards = [];
            while (copies.Count < rounds)
            {
                double copy = Time(run.Copy), forward = Time(run.Forward), backward = Time(run.Backward);
                if (warmup.Elapsed < Warmup) continue;
                copies.Add(copy);
                forwards.Add(forward);
                backwards.Add(backward);
            }

            double megabytes = (double)batch * size * size * channels * sizeof(float) / 1e6;
            double fastest = Statistics.Of(copies).Minimum / 2 * 5 / (Statistics.Of(forwards).Minimum + Statistics.Of(backwards).Minimum);
            double copied = 2 * megabytes / Statistics.Of(copies).Median, ahead = Statistics.Of(forwards).Median, back = Statistics.Of(backwards).Median;
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                norm = name,
                forward_ms = 1000 * ahead,
                backward_ms = 1000 * back,
                both_ms = 1000 * (ahead + back),
                copy_gb_per_second = copied / 1000,
                part_of_copy = string.Create(CultureInfo.InvariantCulture, $"{5 * megabytes / (ahead + back) / copied:0.00}"),
                fastest_forward_ms = 1000 * Statistics.Of(forwards).Minimum,
                fastest_backward_ms = 1000 * Statistics.Of(backwards).Minimum,
                fastest_copy_ms = 1000 * Statistics.Of(copies).Minimum,
                fastest_part_of_copy = string.Create(CultureInfo.InvariantCulture, $"{fastest:0.00}"),
            }));
        }

        return 0;
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>A step with its memory, run as a training plan runs it.</summary>
    private sealed class NormRun : IDisposable
    {
        private const int CopyParts = 16;

        private readonly TrainingKernel step;
        private readonly WorkerPool pool;
        private readonly int batch;
        private readonly Tensor x, y, dx, dy;
        private readonly Tensor[] scratch;
        private int phase, parts;

        public NormRun(Operation operation, int batch, int size, int channels, WorkerPool pool)
        {
            (this.batch, this.pool) = (batch, pool);
            Shape shape = [batch, size, size, channels];
            (x, y, dx, dy) = (new Tensor(shape), new Tensor(shape), new Tensor(shape), new Tensor(shape));
            Random random = new(1);
            foreach (ref float value in x.Span) value = (float)(random.NextDouble() + random.NextDouble() - 0.9);
            foreach (ref float value in dy.Span) value = (float)(random.NextDouble() - 0.5);
            ActivationBuffer input = new("x", size, size, channels) { Data = x.Pointer, Gradient = dx.Pointer, NeedsGradient = true };
            ActivationBuffer output = new("y", size, size, channels) { Data = y.Pointer, Gradient = dy.Pointer, NeedsGradient = true };
            Dictionary<string, Tensor> weights = operation.Parameters([shape]).ToDictionary(p => p.Name, p =>
            {
                Tensor weight = new(p.Shape);
                weight.Span.Fill(p.Initial.Constant);
                return weight;
            });
            Dictionary<string, Tensor> gradients = operation.Parameters([shape]).Where(p => !p.IsBuffer).ToDictionary(p => p.Name, p => new Tensor(p.Shape));
            step = operation.Train(new TrainingNode
            {
                Name = "norm",
                Number = 1,
                Inputs = [new InputUse(input)],
                Output = output,
                InputShapes = [shape.With(0, 1)],
                OutputShape = shape.With(0, 1),
                Weight = name => weights[name],
                Gradient = gradients.GetValueOrDefault,
                UsesBatch = true,
                Batch = batch,
                CacheBytes = new TrainingOptions().CacheBytes,
            });
            scratch = [.. Enumerable.Range(0, pool.Threads).Select(_ => new Tensor([step.ScratchFloats]))];
        }

        public void Copy() => pool.Run(CopyParts, static (state, part, _) => ((NormRun)state).CopyPart(part), this);

        public void Forward()
        {
            RunPhases(static (state, part, worker) => ((NormRun)state).step.Forward(((NormRun)state).WorkOf(part, worker)));
            step.FinishForward(batch, null);
        }

        public void Backward()
        {
            RunPhases(static (state, part, worker) => ((NormRun)state).step.Backward(((NormRun)state).WorkOf(part, worker)));
            for (int chunk = 0; chunk < step.ReduceChunks; chunk++) step.Reduce(chunk, parts, null);
        }

        public void Dispose()
        {
            foreach (Tensor tensor in (IEnumerable<Tensor>)[x, y, dx, dy, .. scratch]) tensor.Dispose();
        }

        private void CopyPart(int part)
        {
            int from = (int)((long)x.Span.Length * part / CopyParts), to = (int)((long)x.Span.Length * (part + 1) / CopyParts);
            x.Span[from..to].CopyTo(y.Span[from..to]);
        }

        private void RunPhases(Chunk chunk)
        {
            for (phase = 0; phase < step.Phases(batch); phase++)
            {
                parts = step.Parts(batch, phase);
                pool.Run(parts, chunk, this);
            }
        }

        private Work WorkOf(int part, int worker) => new(batch, part, parts, (nint)scratch[worker].Pointer, 0, 0, 0, phase, IsAgain: false);
    }
}
