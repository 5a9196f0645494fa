using System.Diagnostics;
using Graft.Cli.Commands.Training;
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

    private readonly long start = Stopwatch.GetTimestamp();

    public int Run(CancellationToken cancel)
    {
        // Before the work, not after it: a place that cannot be written is known now.
        OutputFile.RequireWritable(request.Output);
        if (resumed is null) RunFolder.RequireWritable(request.Runs);
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

        terminal.Note($"{Amount.Of(images.Count, "image")}; teacher {teacher.Network.Graph.Architecture}, student {student.Graph.Architecture} at {teacher.Preprocessing.Resolution}x{teacher.Preprocessing.Resolution}.");
        using RunWork run = RunWork.Open(terminal, Distiller.Kind, request, resumed, Config(teacher, student, images.Count));
        DistillerOptions options = request.Options with { Checkpoint = run.Checkpoint };
        return run.Do(() =>
        {
            DistillResult result = terminal.Track("Preparing", progress => Distiller.Train(teacher, student, images, options, new DistillReporter(terminal, progress, run.Recorder), cancel));
            return Finish(run, result, [.. skipped, .. result.Skipped]);
        });
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

    private RunConfig Config(Model teacher, Network student, int images)
    {
        DistillerOptions o = request.Options;
        return new RunConfig
        {
            Command = request.Command,
            Data = request.Images[0],
            Images = images,
            Trunk = request.Teacher,
            Mode = Name,
            Seed = o.Seed,
            Epochs = o.Epochs,
            Settings = RunWork.Settings(
                ("student", student.Graph.Architecture), ("folders", string.Join(", ", request.Images)), ("batch", o.Batch), ("learning_rate", o.LearningRate), ("guided", o.GuidedPart),
                ("small", o.SmallPart), ("settled", o.SettledPart), ("resolution", teacher.Preprocessing.Resolution)),
        };
    }

    private int Finish(RunWork run, DistillResult result, IReadOnlyList<SkippedImage> skipped)
    {
        RunModel model = RunModel.Save(terminal, run, request.Output, stream => ModelFile.Save(result.Student, stream, request.IsHalf ? WeightPrecision.Float16 : WeightPrecision.Float32));
        run.Recorder.Finish(new RunResult { Model = Path.GetFullPath(model.Path), ValLoss = 1 - result.Similarity?.Cosine });
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        if (request.Json)
        {
            terminal.WriteJson(new
            {
                Model = model.Path,
                result.TrainImages,
                ValImages = result.JudgedImages,
                result.Similarity?.Cosine,
                result.Similarity?.LeastCosine,
                result.Similarity?.Unexplained,
                Seconds = took.TotalSeconds,
                Run = run.Folder.FullPath,
                Epochs = result.History,
                Skipped = skipped.Select(s => new { s.Path, s.Reason }),
            });
        }
        else
        {
            Quality.ShowSkipped(terminal, skipped, []);
            if (result.Similarity is { } s) terminal.Print($"Features on {Amount.Of(s.Images, "held-out image")}: cosine {s.Cosine:0.0000} (least {s.LeastCosine:0.00}), unexplained {Tables.Percent(s.Unexplained)} of the teacher's variance.");
            terminal.Note($"Wrote {model.Path} ({OutputFile.Bytes(model.Path) / 1e6:0.0} MB) in {Durations.Text(took)}.");
        }

        return model.Exit(terminal);
    }
}
