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
internal sealed class DistillMode(Terminal terminal, DistillRequest request, RunFolder? resumed) : RunMode<DistillRequest, DistillResult>(terminal, request, resumed)
{
    /// <summary>What the log of runs calls it.</summary>
    public const string Name = "distill";

    private readonly List<ImageItem> images = [];
    private readonly List<SkippedImage> skipped = [];
    private IReadOnlyList<Teacher> teachers = [];
    private Network? student;

    protected override string Kind => Distiller.Kind;

    protected override string Beginning => "Preparing";

    protected override RunConfig Open(CancellationToken cancel)
    {
        teachers = [.. Request.Also.Prepend(Request.Teacher).Select((name, i) => new Teacher(Teacher(name), i == 0 ? 1 : Request.AlsoWeight))];
        student = Student();
        foreach (string name in Request.Images)
        {
            ImageFolder folder = ImageSource.ToLearnFrom(name, Terminal, cancel);
            images.AddRange(folder.Items);
            skipped.AddRange(folder.Skipped);
        }

        int side = teachers[0].Model.Preprocessing.Resolution;
        Terminal.Note($"{Amount.Of(images.Count, "image")}; {Amount.Word(teachers.Count, "teacher", "teachers")} {string.Join(", ", teachers.Select(teacher => teacher.Model.Network.Graph.Architecture))}, student {student.Graph.Architecture} at {side}x{side}.");
        DistillerOptions o = Request.Options;
        return new RunConfig
        {
            Command = Request.Command,
            Data = Request.Images[0],
            Images = images.Count,
            Trunk = Request.Teacher,
            Mode = Name,
            ScoreName = DistillResult.Cosine,
            Seed = o.Seed,
            Epochs = o.Epochs,
        };
    }

    protected override DistillResult Train(RunWork run, WorkProgress progress, CancellationToken cancel)
    {
        DistillResult result = Distiller.Train(teachers, student!, images, Request.Options with { Checkpoint = run.Checkpoint }, new DistillReporter(Terminal, progress, run.Recorder), cancel);
        return result with { Skipped = [.. skipped, .. result.Skipped] };
    }

    protected override void Write(DistillResult result, Stream stream) => ModelFile.Save(result.Model, stream, Request.Store);

    protected override RunResult Summary(DistillResult result) => new() { ValScore = result.Similarity?.Cosine, ValLoss = 1 - result.Similarity?.Cosine };

    protected override object Json(DistillResult result, string model, string run) => new
    {
        Model = model,
        result.TrainImages,
        ValImages = result.HeldOutImages,
        result.Similarity?.Cosine,
        result.Similarity?.LeastCosine,
        result.Similarity?.Unexplained,
        Teachers = result.Similarities.Select((similarity, i) => new { Teacher = i == 0 ? Request.Teacher : Request.Also[i - 1], similarity.Cosine, similarity.LeastCosine, similarity.Unexplained }),
        Seconds = Took.TotalSeconds,
        Run = run,
        Epochs = result.History.Select(e => new { e.Epoch, e.Step, e.Phase, e.Loss, Cosine = e.Measure(DistillResult.Cosine), Unexplained = e.Measure(DistillResult.Unexplained), e.Rate, e.Seconds, ImagesPerSecond = e.SamplesPerSecond }),
        result.Skipped,
    };

    protected override void Show(DistillResult result, string model)
    {
        Quality.ShowSkipped(Terminal, result.Skipped, []);
        foreach ((int i, FeatureSimilarity s) in result.Similarities.Index())
        {
            string whose = teachers.Count > 1 ? $" of teacher {i + 1}, {teachers[i].Model.Network.Graph.Architecture}," : "";
            Terminal.Print($"Features{whose} on {Amount.Of(s.Images, "held-out image")}: cosine {s.Cosine:0.0000} (least {s.LeastCosine:0.00}), unexplained {Tables.Percent(s.Unexplained)} of the teacher's variance.");
        }

        Terminal.Note($"{Wrote(model)}.");
    }

    private Model Teacher(string name)
    {
        Model model = ModelSource.Load(name, Terminal, Request.Options.Seed, ModelSource.Limits(Request.AnySize));
        if (Request.FeaturesOnly) model = model with { Network = model.Network.Trunk(), Labels = [] };
        return Request.Resolution == 0 ? model : model with { Preprocessing = model.Preprocessing with { Resolution = Request.Resolution } };
    }

    private Network Student()
    {
        if (Request.Student is null || (!Path.Exists(Request.Student) && Architectures.TryGet(Request.Student, out _)))
            return Distiller.NewStudent(teachers, Request.Student is null ? null : Architectures.Get(Request.Student), Request.Options.Seed, Request.Inherits);
        if (Request.Inherits) throw new ArgumentsException("--inherit is for a new student, and '--student' names a file, which has weights of its own. Leave one of them out.");
        Network network = ModelSource.Load(Request.Student, Terminal, Request.Options.Seed, ModelSource.Limits(Request.AnySize)).Network;
        return teachers.Any(teacher => teacher.Model.Network.Graph.Outputs.Any(o => o.Name == ClassifierHead.Logits)) ? network : network.Trunk();
    }
}
