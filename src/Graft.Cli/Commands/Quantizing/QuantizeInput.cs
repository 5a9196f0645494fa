using Graft.Cli.Output;
using Graft.Vision;
using Graft.Vision.Folders;
using Graft.Vision.Lists;

namespace Graft.Cli.Commands.Quantizing;

/// <summary>The model that is quantized, and the images for it.</summary>
/// <param name="Model">The model.</param>
/// <param name="Images">The images to learn from.</param>
/// <param name="Judged">The images to judge by; null holds some of the others out.</param>
internal sealed record QuantizeInput(Model Model, ImageFolder Images, ImageFolder? Judged)
{
    /// <summary>Loads them.</summary>
    public static QuantizeInput Load(QuantizeRequest request, Terminal terminal, CancellationToken cancel)
    {
        Model model = ModelSource.Load(request.Model, terminal, request.Options.Seed, ModelSource.Limits(request.AnySize));
        ImageFolder images = Sets(request.Images, model, terminal, cancel).Train;
        return new QuantizeInput(model, images, request.Judged is { } judged ? ImageSource.ToJudgeBy(Sets(judged, model, terminal, cancel), terminal) : null);
    }

    /// <summary>Images with their labels where they have any, which tell how good a model is; without them a model can still be quantized.</summary>
    private static ImageSets Sets(string name, Model model, Terminal terminal, CancellationToken cancel)
    {
        try
        {
            return ImageSource.Sets(name, terminal, cancel, requiredClasses: 1, new ImageListOptions { Task = ImageList.IsListed(name) ? model.Task : null, Names = model.Labels });
        }
        catch (GraftException) when (Directory.Exists(name))
        {
            return ImageSource.Unlabelled(name, terminal, cancel);
        }
    }
}
