using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Runs;
using Graft.Vision;
using Graft.Vision.Distillation;

namespace Graft.Cli.Commands.Distilling;

/// <summary>A distillation as a run with a folder.</summary>
internal sealed class DistillMode(Terminal terminal, DistillRequest request, RunFolder? resumed)
{
    /// <summary>What the log of runs calls it.</summary>
    public const string Name = "distill";

    private const string CheckpointFile = "checkpoint.safetensors";

    private readonly long start = Stopwatch.GetTimestamp();

    public int Run(CancellationToken cancel)
    {
        Model teacher = Teacher();
        Network student = Student(teacher);
        List<ImageItem> images = [];
        List<SkippedImage> skipped = [];
        foreach (string name in request.Images)
        {
            ImageFolder folder = ImageSource.ToLearnFrom(name, terminal, cancel);
            images.AddRange(folder.Items);
            skipped.AddRange(folder.Skipped);
        }

        // Before the work, not after it: a place that cannot be written is known now.
        OutputFile.RequireWritable(request.Output);
        terminal.Note($"{images.Count:N0} pictures; teacher {teacher.Network.Graph.Architecture}, student {student.Graph.Architecture} at {teacher.Preprocessing.Resolution}x{teacher.Preprocessing.Resolution}.");
        using RunRecorder recorder = Recorder(teacher, student, images.Count);
        terminal.Note($"Run: {recorder.Folder.FullPath}");
        DistillerOptions options = request.Options with { Checkpoint = recorder.Folder[CheckpointFile] };
        try
        {
            DistillResult result = terminal.Track("Preparing", progress => Distiller.Train(teacher, student, images, options, new DistillReporter(terminal, progress, recorder), cancel));
            Finish(recorder, result, [.. skipped, .. result.Skipped]);
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            recorder.Interrupt();
            terminal.Note($"Interrupted. To go on: graft distill --resume {recorder.Folder.FullPath}");
            return ExitCode.Interrupted;
        }
        catch (DistillException e)
        {
            recorder.Fail(e.Message);
            terminal.Error(e.Message);
            return ExitCode.Failed;
        }
        catch (Exception e)
        {
            recorder.Fail(e.Message);
            throw;
        }
    }

    private Model Teacher()
    {
        Model teacher = ModelSource.Load(request.Teacher, terminal, request.Options.Seed, ModelSource.Limits(request.AnySize));
        if (request.FeaturesOnly) teacher = teacher with { Network = teacher.Network.Trunk(), Labels = [] };
        return request.Resolution == 0 ? teacher : teacher with { Preprocessing = teacher.Preprocessing with { Resolution = request.Resolution } };
    }

    private Network Student(Model teacher)
    {
        if (request.Student is null || (!Path.Exists(request.Student) && Architectures.TryGet(request.Student, out _)))
            return Distiller.NewStudent(teacher, request.Student is null ? null : Architectures.Get(request.Student), request.Options.Seed);
        Network network = ModelSource.Load(request.Student, terminal, request.Options.Seed, ModelSource.Limits(request.AnySize)).Network;
        return teacher.Network.Graph.Outputs.Any(o => o.Name == ClassifierHead.Logits) ? network : network.Trunk();
    }

    private RunRecorder Recorder(Model teacher, Network student, int images)
    {
        RunRecorderOptions options = new() { Root = request.Runs };
        if (resumed is not null) return RunRecorder.Resume(resumed, File.Exists(resumed[CheckpointFile]) ? Distiller.StepOf(resumed[CheckpointFile]) : 0, options);
        DistillerOptions o = request.Options;
        return RunRecorder.Start(
            new RunConfig
            {
                Command = "graft " + string.Join(' ', request.Arguments.Select(word => word.Contains(' ') ? $"\"{word}\"" : word)),
                Arguments = request.Arguments,
                WorkingFolder = Environment.CurrentDirectory,
                Version = typeof(DistillMode).Assembly.GetName().Version?.ToString(3) ?? "",
                Data = request.Images[0],
                Images = images,
                Trunk = request.Teacher,
                Mode = Name,
                Seed = o.Seed,
                Epochs = o.Epochs,
                Settings = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, new Dictionary<string, string>
                {
                    ["student"] = student.Graph.Architecture,
                    ["folders"] = string.Join(", ", request.Images),
                    ["batch"] = Text(o.Batch),
                    ["learning_rate"] = Text(o.LearningRate),
                    ["guided"] = Text(o.GuidedPart),
                    ["small"] = Text(o.SmallPart),
                    ["settled"] = Text(o.SettledPart),
                    ["resolution"] = Text(teacher.Preprocessing.Resolution),
                }),
            },
            options);
    }

    private void Finish(RunRecorder recorder, DistillResult result, IReadOnlyList<SkippedImage> skipped)
    {
        WeightPrecision precision = request.IsHalf ? WeightPrecision.Float16 : WeightPrecision.Float32;

        // First the file that was asked for: what follows is of less worth.
        ModelFile.Save(result.Student, request.Output, precision);
        recorder.Write(Path.GetFileName(recorder.Folder.ModelPath), stream => ModelFile.Save(result.Student, stream, precision));
        File.Delete(recorder.Folder[CheckpointFile]);
        recorder.Finish(new RunResult { Model = Path.GetFullPath(request.Output), ValLoss = 1 - result.Similarity?.Cosine });
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        if (request.Json)
        {
            terminal.WriteJson(new
            {
                Model = request.Output,
                result.TrainImages,
                ValImages = result.JudgedImages,
                result.Similarity?.Cosine,
                result.Similarity?.LeastCosine,
                result.Similarity?.Unexplained,
                Seconds = took.TotalSeconds,
                Run = recorder.Folder.FullPath,
                Epochs = result.History,
                Skipped = skipped.Select(s => new { s.Path, s.Reason }),
            });
            return;
        }

        Quality.ShowSkipped(terminal, skipped, []);
        if (result.Similarity is { } s) terminal.Print($"Features on {s.Images:N0} held-out pictures: cosine {s.Cosine:0.0000} (least {s.LeastCosine:0.00}), unexplained {Tables.Percent(s.Unexplained)} of the teacher's variance.");
        terminal.Note($"Wrote {request.Output} ({OutputFile.Bytes(request.Output) / 1e6:0.0} MB) in {Durations.Text(took)}.");
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
