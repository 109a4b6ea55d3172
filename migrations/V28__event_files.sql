-- What a file of an event is (patient_sticker, device_label, purchase_order, photo, other; empty for files of customers), whether
-- it shows a patient, its small picture, and who took it off and why.
ALTER TABLE file_link ADD COLUMN kind {text} NOT NULL DEFAULT '';
ALTER TABLE file_link ADD COLUMN patient_data {int} NOT NULL DEFAULT 0;
ALTER TABLE file_link ADD COLUMN thumb_digest {text};
ALTER TABLE file_link ADD COLUMN removed_by {uuid};
ALTER TABLE file_link ADD COLUMN removed_reason {text} NOT NULL DEFAULT '';
