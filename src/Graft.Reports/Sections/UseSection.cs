using Graft.Reports.Page;

namespace Graft.Reports.Sections;

/// <summary>How to make the model again, and what to do with it.</summary>
internal static class UseSection
{
    public static void Write(Html html, TrainingReport report)
    {
        if (report.Command is { } command)
            html.Add($"<h2>Make it again</h2>\n<p>The same command on the same images makes the same model.</p>\n<pre><code>{command}</code></pre>\n");
        if (report.ModelFile is not { } file) return;
        string quoted = Texts.Quoted(file);
        html.Raw("<h2>Use it</h2>\n<p>On the command line:</p>\n<pre><code>");
        html.Add($"graft predict {quoted} image.jpg\n");
        html.Raw("</code><code>");
        html.Add($"graft evaluate {quoted} other-images\n");
        html.Raw("</code></pre>\n<p>In a .NET program, with the package Graft.Vision:</p>\n<pre><code>");
        if (report.ValueValidation is not null)
        {
            html.Add($"using ImageRegressor regressor = ImageRegressor.Load({Texts.Literal(file)});\n");
            html.Add($"PredictedValue value = regressor.Predict(\"image.jpg\")[0];\n");
            html.Add($"Console.WriteLine($\"{{value.Name}}: {{value.Value}}\");");
            html.Raw("</code></pre>\n");
            return;
        }

        html.Add($"using ImageClassifier classifier = ImageClassifier.Load({Texts.Literal(file)});\n");
        if (report.LabelValidation is not null)
        {
            html.Add($"foreach (Prediction label in classifier.Classify(\"image.jpg\").Where(label => label.IsGiven))\n");
            html.Add($"    Console.WriteLine($\"{{label.Label}} ({{label.Probability:P0}})\");");
            html.Raw("</code></pre>\n");
            return;
        }

        html.Add($"Prediction best = classifier.Classify(\"image.jpg\")[0];\n");
        html.Add($"Console.WriteLine($\"{{best.Label}} ({{best.Probability:P0}})\");");
        html.Raw("</code></pre>\n");
    }
}
