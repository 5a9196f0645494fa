using Graft.Cli.Output;
using Graft.Vision;
using Graft.Vision.Folders;
using Graft.Vision.Lists;

namespace Graft.Cli.Commands.Quantizing;

/// <summary>The model that is quantized, and the images for it.</summary>
/// <param name="Model">The model.</param>
/// <param name="Images">The images to learn from.</param>
/// <param name="Judged">The images to judge by: those that were named, or the part of the others that is for it; null holds some of the others out.</param>
internal sealed record QuantizeInput(Model Model, ImageFolder Images, ImageFolder? Judged)
{
    /// <summary>Loads them.</summary>
    public static QuantizeInput Load(QuantizeRequest request, Terminal terminal, CancellationToken cancel)
    {
        Model model = ModelSource.Load(request.Model, terminal, request.Options.Seed, ModelSource.Limits(request.AnySize));
        ImageSets sets = Sets(request.Images, model, terminal, cancel);
        ImageFolder? judged = request.Judged is { } given ? ImageSource.ToJudgeBy(Sets(given, model, terminal, cancel), terminal) : sets.Validation;
        if (sets.IsDivided) terminal.Note($"Learning from '{sets.Train.Path}', judging by {(judged is null ? "a part of it that is held out" : judged == sets.Validation && judged.Path == sets.Train.Path ? "its part 'val'" : $"'{judged.Path}'")}.");
        return new QuantizeInput(model, sets.Train, judged);
    }

    /// <summary>Images with their labels where they have any, which tell how good a model is; without them a model can still be quantized, and why none are read is said.</summary>
    private static ImageSets Sets(string name, Model model, Terminal terminal, CancellationToken cancel)
    {
        bool isListed = ImageList.IsListed(name);
        try
        {
            return ImageSource.Sets(name, terminal, cancel, requiredClasses: 1, new ImageListOptions { Task = isListed ? model.Task : null, Names = model.Labels });
        }
        catch (GraftException e) when (Path.Exists(name))
        {
            ImageSets sets = isListed ? ImageSource.Sets(name, terminal, cancel, requiredClasses: 1, new ImageListOptions { IsUnlabelled = true }) : ImageSource.Unlabelled(name, terminal, cancel);
            terminal.Note($"Labels are not read. {e.Message}");
            return sets;
        }
    }
}
