using System.Security.Cryptography;
using Graft.Vision;

namespace Graft.Hosting;

/// <summary>A file that was read while it stood still, and the classifier that it is.</summary>
/// <param name="Stamp">The file's stamp.</param>
/// <param name="Sha256">The hash of its content.</param>
/// <param name="Classifier">The classifier; null where the content is the one that was known.</param>
internal sealed record LoadedFile(FileStamp Stamp, string Sha256, ImageClassifier? Classifier)
{
    private const byte Grey = 128;

    /// <summary>Reads a file, compiles the model in it, and classifies one grey image with it, so that what cannot is never served and the first caller waits no longer than the others.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">How many threads one classification uses.</param>
    /// <param name="known">The hash of content that need not be loaded.</param>
    /// <exception cref="GraftException">It is no classifier.</exception>
    /// <exception cref="FileWrittenException">It was written to meanwhile.</exception>
    public static LoadedFile Load(string path, int threads, string? known = null)
    {
        // Writers are let in: whether one came is seen afterwards. What takes the file's name leaves this file as it is.
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        FileStamp stamp = FileStamp.Of(file.SafeFileHandle);
        string hash = Convert.ToHexStringLower(SHA256.HashData(file));
        ImageClassifier? classifier = null;
        try
        {
            if (hash != known)
            {
                file.Position = 0;
                classifier = new ImageClassifier(Model.Load(file, path), threads);
                Try(classifier, path);
            }

            if (FileStamp.Of(file.SafeFileHandle) != stamp) throw new FileWrittenException(path);
            return new LoadedFile(stamp, hash, classifier);
        }
        catch (Exception e)
        {
            classifier?.Dispose();
            if (e is not FileWrittenException && FileStamp.Of(file.SafeFileHandle) != stamp) throw new FileWrittenException(path, e);
            throw;
        }
    }

    private static void Try(ImageClassifier classifier, string path)
    {
        int side = classifier.Model.Preprocessing.Resolution;
        using RgbImage image = new(side, side);
        image.Pixels.Fill(Grey);
        if (!classifier.Logits(image).All(float.IsFinite)) throw new GraftException($"{path}: the network gives no numbers for a grey image: its weights are damaged.");
    }
}
