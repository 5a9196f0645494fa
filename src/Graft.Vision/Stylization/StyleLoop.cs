using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Graft.Training;
using Graft.Training.Optimizers;
using Graft.Training.Schedules;

namespace Graft.Vision.Stylization;

/// <summary>The steps of a style's training, which goes on from its checkpoint to the same bits.</summary>
/// <param name="plan">What learns; all its weights do.</param>
/// <param name="loader">The pictures.</param>
/// <param name="settings">All that decides how the training goes: a checkpoint of another one is refused.</param>
/// <param name="options">How.</param>
internal sealed class StyleLoop(TrainingPlan plan, TrainingLoader loader, string settings, StyleTrainerOptions options)
{
    private readonly AdamW optimizer = new([new ParameterGroup("network", plan.Weights)], new AdamWOptions { GradientLimit = 10 }, options.Threads);
    private readonly CosineDecay schedule = new(options.LearningRate, options.Steps);
    private long step, saved;

    /// <summary>Runs what is left of the training.</summary>
    /// <param name="forward">Runs the plan forward on a batch in a step, and gives the losses; their gradients lie in the plan then.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellation">Stops at the next layer of a step, which then has not been, after the state was kept.</param>
    public void Run(Func<TrainingBatch, long, StyleLosses> forward, IProgress<StyleProgress>? progress, CancellationToken cancellation)
    {
        saved = options.Time.GetTimestamp();
        plan.Cancellation = cancellation;
        step = options.Checkpoint is { } file && File.Exists(file) ? StyleCheckpoint.Restore(file, settings, plan, optimizer) : 0;
        int epochs = (int)((options.Steps + (long)loader.BatchesPerEpoch - 1) / loader.BatchesPerEpoch);
        try
        {
            foreach (TrainingBatch batch in loader.Load((int)(step / loader.BatchesPerEpoch), epochs, (int)(step % loader.BatchesPerEpoch), cancellation))
            {
                step = ((long)batch.Epoch * loader.BatchesPerEpoch) + batch.Index;
                if (step >= options.Steps) break;
                StyleLosses losses = forward(batch, step);
                double total = losses.Total(options);
                if (!double.IsFinite(total))
                    throw new GraftException($"The training stopped in step {step + 1}, because the loss is {total}. A smaller weight of the style than {options.StyleWeight.ToString(CultureInfo.InvariantCulture)} usually helps.");
                plan.Backward();
                optimizer.Step(schedule.Rate(step));
                plan.WeightsChanged();
                step++;
                progress?.Report(new StyleProgress((int)step, options.Steps, losses, total));
                if (options.Time.GetElapsedTime(saved) >= options.CheckpointInterval) Save();
                cancellation.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            Save();
            throw;
        }
    }

    /// <summary>All that decides how a training goes.</summary>
    public static string Settings(Model trunk, IEnumerable<RgbImage> styles, IReadOnlyList<ImageItem> train, StyleTrainerOptions options)
    {
        StyleTrainerOptions plain = options with { Checkpoint = null, CheckpointInterval = default, Threads = 0, Time = TimeProvider.System };
        return string.Create(
            CultureInfo.InvariantCulture, $"{plain}; {trunk.Network.Graph.Architecture}; {string.Join(' ', styles.Select(style => Hash(style.Pixels)))}; {train.Count}; {Hash(Encoding.UTF8.GetBytes(string.Join('\n', train.Select(item => item.RelativePath))))}");
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes));

    private void Save()
    {
        saved = options.Time.GetTimestamp();
        if (options.Checkpoint is { } path) StyleCheckpoint.Write(path, settings, step, plan, optimizer);
    }
}
