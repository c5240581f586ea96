"""A simulated four-country cohort of people on cancer immunotherapy.

No real person is in it. Every number is in ``parameters.toml`` beside its source; ``verified``
there says whether the source was seen or the number is recalled or assumed.

**Variables and arrows**, in the order in which they are drawn::

    country -> site -> recording of tests and forms
    country -> cancer -> age, sex, smoking, stage, regimen      country -> regimen, cost
    age, smoking -> diseases -> medicines                       stage -> inflammation
    inflammation, age -> ECOG -> physical activity              inflammation -> laboratory, BMI
    sex, diseases -> laboratory baseline

    frailty (latent immune activity)  -> every irAE, response;  -| progression, death
    cancer, stage, ECOG, laboratory, medicines, activity, BMI -> progression, death
    progression -> death, end of treatment
    regimen, baseline factors, frailty -> irAE by class -> grade -> end of treatment, death
    irAE -> steroids, second line, hormones, emergency, admission, cost
    irAE, steroids, chemotherapy, nearness of death -> laboratory values
    ECOG, diseases, activity, support, age, sex -> quality of life
    irAE, steroids, response, progression, nearness of death -> quality of life
    quality of life, site, time -> which forms come back

**irAE.** Twelve classes in nine organs. Each class occurs with a probability whose log-odds add
an intercept, the effects of baseline factors and the frailty (log scale, SD 0.5, shared by all
classes of a person), and starts on a lognormal day. It is grade 3 or more with a probability of
its own factors. An event counts until death or 90 days after progression or after stopping by
choice or for toxicity; later ones are put down to the next treatment. Severe events mostly end
treatment, endocrine ones rarely; some are fatal after two weeks. Myositis and myasthenia
come with myocarditis. An event may recur after it resolved while treatment goes on, never worse
than before, so the first event of each kind decides every outcome at day 0.

**Calibration.** With death and stopping competing, intercepts and latent medians are solved so
that per incidence column and class the cumulative incidence at 12 months, the share of grade 3 or
more and the median onset equal ``[irae_rates]``; see ``calibration``. Totals of any grade and of
grade 3 or more follow: PD-1 41 and 10 %, PD-L1 30 and 8 %, CTLA-4 50 and 21 %, combinations with
ipilimumab 3 mg/kg 77 and 41 %, with 1 mg/kg 62 and 26 %. Independent classes would give 45 and 11,
33 and 8, 56 and 22, 83 and 42, 67 and 26: the frailty and shared factors gather events in the same
people.

**Death.** Constant hazards of progression and death per cancer hit recalled medians of stage IV
disease; death is three times as likely after progression. Observation ends with death, with losing
contact (4 % a year) or at the data cut.

**Laboratory.** Baselines share an inflammation factor; values then drift, vary within the person,
and shift around irAE: they rise from two weeks before onset to multiples in the range of the CTCAE
grade and come back, thyrotropin falls and then overshoots. Visits are three-weekly to day
126, then six-weekly to 18 months, with panels around events of grade 2 or more.

**Quality of life.** Each QLQ-C30 scale has a latent value with the reference mean and SD of people
with cancer (Scott 2008, recalled), a lasting part of the person, and shifts with the sizes of
``causal_dag_edges.csv``; answers are rounded from it. Full forms with EQ-5D-5L at 0, 3, 6, 12 and
18 months, short forms in the other months. Lower quality of life makes a form less likely.

**Truth.** ``true_risk`` gives the exact probability of each outcome on day 0, given the baseline
and with the frailty integrated out. ``true_quality`` gives what everybody alive would answer on
every planned day, and the score without the chance of the moment. None of them is in any table.

**Simplifications.** One line of immunotherapy per person; every irAE is graded and every event of
an organ recorded; a first irAE does not change the risk of later ones except through stopping
and death; antibodies, radiotherapy, histology and microbiome are left out because no table holds
them.
"""

from data_access.synthetic.cohort import BLOCK, Cohort, chunks, generate, true_quality, true_risk

__all__ = ["BLOCK", "Cohort", "chunks", "generate", "true_quality", "true_risk"]
